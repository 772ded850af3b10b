//! Derive and export macros of the scaler SDK; use them from `scaler_sdk`.

mod config;
mod export;

use proc_macro::TokenStream;

/// Makes a struct the parameters of a trigger type.
///
/// On the struct:
/// - `#[config(validate)]`: its `Validate` implementation is called after the fields were read;
/// - `#[config(endpoint = "{host}:{port}")]`, any number of times: an endpoint put together from
///   several parameters.
///
/// On a field, `#[param(...)]`; a field without it is left at its type's default, for values that
/// `Validate` computes. Its doc comment is the parameter's documentation.
/// - `names = "address, addresses"`: the name and its aliases in the order of lookup; without it
///   the field's name in camelCase;
/// - `from = "triggerMetadata, authParams, resolvedEnv"`: sources in the order of lookup; without
///   it `triggerMetadata`;
/// - `default = "5"`; `optional`;
/// - `allowed = "a, b"`: the only texts allowed; `exclusive = "a, b"`: a list holds one at most;
/// - `separator = ";"` between the elements of a list; `range` or `range = ".."` for integers;
/// - `deprecated = "..."`: using it is an error; `announce = "..."`: using it is remarked upon;
/// - `secret`: never shown; `role = "endpoint, secret"`; `format = "host-port"`: how the host
///   finds hosts in an endpoint.
///
/// `#[param(group)]` or `#[param(group, optional)]`: a nested struct that derives this as well.
#[proc_macro_derive(TriggerConfig, attributes(param, config))]
pub fn derive_trigger_config(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    config::derive(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes the crate a component, described by its `scaler.toml`, and defines `Component` for tests.
///
/// `export_scaler!(Redis);` serves all trigger types that `scaler.toml` provides with one Rust
/// type; `export_scaler!("redis" | "redis-cluster" => Lists, "redis-streams" => Streams);` tells
/// which serves which.
#[proc_macro]
pub fn export_scaler(input: TokenStream) -> TokenStream {
    let served = syn::parse_macro_input!(input as export::Served);
    export::expand(&served)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
