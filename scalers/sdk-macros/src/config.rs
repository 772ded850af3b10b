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

#[cfg(test)]
mod tests {
    use super::*;

    fn error(input: DeriveInput) -> String {
        derive(&input).expect_err("a mistake").to_string()
    }

    macro_rules! field {
        ($($tokens:tt)*) => {
            error(syn::parse_quote! { struct Config { $($tokens)* } })
        };
    }

    #[test]
    fn mistakes_in_attributes_are_told() {
        for (error, told) in [
            (
                field!(/** x */ #[param(form = "a")] a: String),
                "expected one of names, from",
            ),
            (
                field!(/** x */ #[param(from = "env")] a: String),
                "\"env\" is none of triggerMetadata",
            ),
            (
                field!(/** x */ #[param(role = "host")] a: String),
                "\"host\" is none of endpoint",
            ),
            (
                field!(/** x */ #[param(names = "a,,b")] a: String),
                "words separated by commas",
            ),
            (
                field!(/** x */ #[param(default = "")] a: String),
                "leave it out",
            ),
            (
                field!(/** x */ #[param(default = 5)] a: i64),
                "string literal",
            ),
            (
                field!(/** x */ #[param(default = "5", optional)] a: i64),
                "leave out `optional`",
            ),
            (
                field!(/** x */ #[param(role = "endpoint")] a: String),
                "go together",
            ),
            (
                field!(/** x */ #[param(format = "url")] a: String),
                "go together",
            ),
            (field!(#[param] a: String), "needs a doc comment"),
            (
                field!(#[param(group, secret)] a: Other),
                "a group takes nothing but",
            ),
            (
                field!(/** x */ #[param] #[param] a: String),
                "one `#[param(...)]` a field",
            ),
            (
                field!(/** x */ #[param] a: String, /** y */ #[param(names = "b, a")] b: String),
                "already has the name \"a\"",
            ),
        ] {
            assert!(error.contains(told), "{error} does not say {told}");
        }
    }

    #[test]
    fn only_plain_structs_are_parameters() {
        let told = error(syn::parse_quote!(
            enum Config {}
        ));
        assert!(told.contains("fields of a struct"), "{told}");
        let told = error(syn::parse_quote!(
            struct Config(i64);
        ));
        assert!(told.contains("named fields"), "{told}");
        let told = error(syn::parse_quote!(
            struct Config<T> {
                a: T,
            }
        ));
        assert!(told.contains("cannot be generic"), "{told}");
        let told = error(syn::parse_quote!(
            #[config(check)]
            struct Config {}
        ));
        assert!(told.contains("`validate`"), "{told}");
    }
}
