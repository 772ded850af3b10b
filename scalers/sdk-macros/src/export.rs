//! `export_scaler!`.

mod manifest;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, LitStr, Result, Token, Type};

use manifest::Manifest;

/// Which Rust type serves which trigger types.
pub(crate) enum Served {
    /// All by one.
    All(Type),
    /// As told.
    Each(Vec<(Vec<LitStr>, Type)>),
}

impl Parse for Served {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(LitStr) {
            let all = Self::All(input.parse()?);
            input.parse::<Option<Token![,]>>()?;
            return Ok(all);
        }
        let mut each = Vec::new();
        while !input.is_empty() {
            let mut names = vec![input.parse()?];
            while input.parse::<Option<Token![|]>>()?.is_some() {
                names.push(input.parse()?);
            }
            input.parse::<Token![=>]>()?;
            each.push((names, input.parse()?));
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(Self::Each(each))
    }
}

impl Served {
    /// Pairs in the manifest's order.
    fn pairs<'a>(&'a self, manifest: &'a Manifest) -> Result<Vec<(&'a str, &'a Type)>> {
        let each = match self {
            Self::All(ty) => {
                return Ok(manifest.provides.iter().map(|n| (n.as_str(), ty)).collect());
            }
            Self::Each(each) => each,
        };
        for name in each.iter().flat_map(|(names, _)| names) {
            if !manifest.provides.contains(&name.value()) {
                return Err(Error::new(name.span(), "not in `provides` of scaler.toml"));
            }
        }
        manifest
            .provides
            .iter()
            .map(|provided| {
                let mut served = each
                    .iter()
                    .filter(|(names, _)| names.iter().any(|n| n.value() == *provided));
                match (served.next(), served.next()) {
                    (Some((_, ty)), None) => Ok((provided.as_str(), ty)),
                    (None, _) => Err(Error::new(
                        Span::call_site(),
                        format!("scaler.toml provides {provided:?}, which nothing here serves"),
                    )),
                    (_, Some((names, _))) => Err(Error::new(
                        names[0].span(),
                        format!("{provided:?} is served twice"),
                    )),
                }
            })
            .collect()
    }
}

pub(crate) fn expand(served: &Served) -> Result<TokenStream> {
    let (manifest, path) = Manifest::read().map_err(|text| Error::new(Span::call_site(), text))?;
    let head = manifest.head();
    let pairs = served.pairs(&manifest)?;
    let names: Vec<_> = pairs.iter().map(|(name, _)| name).collect();
    let types: Vec<_> = pairs.iter().map(|(_, ty)| ty).collect();
    Ok(quote! {
        /// All that this component provides, for tests.
        #[derive(Debug)]
        pub struct Component;

        const _: () = {
            // Changes to the file must compile this anew.
            const _: &[u8] = ::core::include_bytes!(#path);

            use ::scaler_sdk::description::{self, TypeDescription};

            const HEAD: &str = #head;
            const TYPES: &[TypeDescription] = &[#(TypeDescription {
                name: #names,
                fields: <<#types as ::scaler_sdk::Scaler>::Config as ::scaler_sdk::TriggerConfig>::FIELDS,
                endpoints: <<#types as ::scaler_sdk::Scaler>::Config as ::scaler_sdk::TriggerConfig>::ENDPOINTS,
            }),*];
            const LENGTH: usize = description::length(HEAD, TYPES);

            // A custom section, which the host finds without running anything. Public instead of
            // `#[used]`, which would keep a second copy in every instance's memory.
            #[cfg(target_family = "wasm")]
            #[unsafe(link_section = "penstock:description")]
            pub static PENSTOCK_DESCRIPTION: [u8; LENGTH] = description::bytes(HEAD, TYPES);

            impl ::scaler_sdk::Component for Component {
                const DESCRIPTION: &'static str = {
                    const COPY: &[u8; LENGTH] = &description::bytes(HEAD, TYPES);
                    description::text(COPY)
                };

                fn check(
                    trigger: &::scaler_sdk::Trigger,
                ) -> ::core::result::Result<
                    ::scaler_sdk::Checked,
                    ::std::vec::Vec<::scaler_sdk::ParameterError>,
                > {
                    match trigger.trigger_type.as_str() {
                        #(#names => ::scaler_sdk::export::check::<#types>(trigger),)*
                        _ => Err(::std::vec![::scaler_sdk::export::unprovided(trigger)]),
                    }
                }

                fn open(
                    trigger: &::scaler_sdk::Trigger,
                ) -> ::core::result::Result<
                    ::std::boxed::Box<dyn ::scaler_sdk::Open>,
                    ::scaler_sdk::Failure,
                > {
                    match trigger.trigger_type.as_str() {
                        #(#names => ::scaler_sdk::export::open::<#types>(trigger),)*
                        _ => Err(::scaler_sdk::Failure::Config(::std::vec![
                            ::scaler_sdk::export::unprovided(trigger)
                        ])),
                    }
                }
            }

            #[cfg(target_family = "wasm")]
            #[allow(unsafe_code)]
            const _: () = {
                type Exported = ::scaler_sdk::export::Exported<Component>;
                ::scaler_sdk::bindings::export!(Exported with_types_in ::scaler_sdk::bindings);
            };
        };
    })
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;

    use super::*;

    fn pairs(input: &str) -> Result<Vec<(String, String)>> {
        let manifest = "name = \"m\"\nsummary = \"\"\nprovides = [\"a\", \"b\", \"c\"]";
        let manifest = Manifest::parse(manifest).expect("a manifest");
        let served: Served = syn::parse_str(input)?;
        let pairs = served.pairs(&manifest)?.into_iter();
        let text = |(name, ty): (&str, &Type)| (name.to_string(), ty.to_token_stream().to_string());
        Ok(pairs.map(text).collect())
    }

    #[test]
    fn each_trigger_type_is_served_by_one_type_in_the_manifests_order() {
        let expected = |types: [&str; 3]| {
            let pairs = ["a", "b", "c"].into_iter().zip(types);
            pairs
                .map(|(n, t)| (n.to_string(), t.to_string()))
                .collect::<Vec<_>>()
        };
        assert_eq!(pairs("One").unwrap(), expected(["One"; 3]));
        assert_eq!(
            pairs("\"c\" | \"a\" => Two, \"b\" => Three,").unwrap(),
            expected(["Two", "Three", "Two"])
        );
    }

    #[test]
    fn trigger_types_that_do_not_fit_the_manifest_are_told() {
        for (input, told) in [
            ("\"a\" => X", "\"b\", which nothing here serves"),
            (
                "\"a\" | \"b\" | \"c\" => X, \"a\" => Y",
                "\"a\" is served twice",
            ),
            ("\"a\" | \"b\" | \"c\" | \"d\" => X", "not in `provides`"),
        ] {
            let error = pairs(input).expect_err(input).to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
