//! `#[derive(TriggerConfig)]`.

mod attributes;
mod parameter;

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned as _;
use syn::{Data, DeriveInput, Error, Field, Fields, Result};

use attributes::{FieldAttributes, StructAttributes};

/// The implementation of the trait.
pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(
            input.span(),
            "parameters are the fields of a struct",
        ));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new(
            data.fields.span(),
            "parameters need named fields",
        ));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new(
            input.generics.span(),
            "parameters cannot be generic: their description is a constant",
        ));
    }
    let own = StructAttributes::read(&input.attrs)?;
    let mut expansion = Expansion::default();
    for field in &fields.named {
        expansion.add(field)?;
    }

    let name = &input.ident;
    let Expansion {
        fields,
        reads,
        checks,
        ..
    } = expansion;
    let endpoints = &own.endpoints;
    let validate = own
        .validate
        .then(|| quote!(parameters.validate(&mut config);));
    Ok(quote! {
        const _: () = { #(#checks)* };

        impl ::scaler_sdk::TriggerConfig for #name {
            const FIELDS: &'static [::scaler_sdk::config::Field] = &[#(#fields),*];
            const ENDPOINTS: &'static [&'static str] = &[#(#endpoints),*];

            fn read(parameters: &mut ::scaler_sdk::config::Parameters<'_>) -> Self {
                #[allow(unused_mut)]
                let mut config = Self { #(#reads),* };
                #validate
                config
            }
        }
    })
}

#[derive(Default)]
struct Expansion {
    /// Elements of `FIELDS`.
    fields: Vec<TokenStream>,
    /// Initialisers of the struct's fields.
    reads: Vec<TokenStream>,
    /// Assertions about types, which only the compiler knows.
    checks: Vec<TokenStream>,
    names: Vec<String>,
}

impl Expansion {
    fn add(&mut self, field: &Field) -> Result<()> {
        let (ident, ty) = (&field.ident, &field.ty);
        let index = self.fields.len();
        match FieldAttributes::read(field)? {
            FieldAttributes::Computed => {
                self.reads
                    .push(quote!(#ident: ::core::default::Default::default()));
            }
            FieldAttributes::Group { optional } => {
                self.fields.push(quote! {
                    ::scaler_sdk::config::Field::Group {
                        fields: <#ty as ::scaler_sdk::TriggerConfig>::FIELDS,
                        endpoints: <#ty as ::scaler_sdk::TriggerConfig>::ENDPOINTS,
                        optional: #optional,
                    }
                });
                self.reads
                    .push(quote!(#ident: parameters.group::<#ty>(#optional)));
            }
            FieldAttributes::Parameter(parameter) => {
                for name in &parameter.names {
                    if self.names.contains(name) {
                        let text = format!("another field already has the name {name:?}");
                        return Err(Error::new(field.span(), text));
                    }
                    self.names.push(name.clone());
                }
                self.fields.push(parameter.tokens(ty));
                self.reads.push(quote! {
                    #ident: match &Self::FIELDS[#index] {
                        ::scaler_sdk::config::Field::Parameter(spec) => parameters.value::<#ty>(spec),
                        ::scaler_sdk::config::Field::Group { .. } => ::core::unreachable!(),
                    }
                });
                if !parameter.is_secret() {
                    let text = format!(
                        "the parameter {:?} has a secret type: say `secret` in its attribute",
                        parameter.names[0]
                    );
                    self.checks.push(quote! {
                        ::core::assert!(!<#ty as ::scaler_sdk::FromParameter>::SECRET, #text);
                    });
                }
            }
        }
        Ok(())
    }
}
