use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Field, Type};

/// As descriptions name them.
pub(super) const SOURCES: &[&str] = &["triggerMetadata", "authParams", "resolvedEnv"];
pub(super) const ROLES: &[&str] = &[
    "endpoint",
    "secret",
    "tls-ca",
    "tls-cert",
    "tls-key",
    "tls-key-password",
    "tls-skip-verify",
    "timeout",
    "directory",
    "config-map",
];
pub(super) const FORMATS: &[&str] = &[
    "url",
    "host-port",
    "host",
    "azure",
    "libpq",
    "go-mysql-dsn",
    "mongodb",
    "amqp",
    "ado",
];

/// What the attribute and the doc comment say of one parameter.
pub(super) struct Parameter {
    pub(super) names: Vec<String>,
    pub(super) doc: String,
    pub(super) sources: Vec<String>,
    pub(super) optional: bool,
    pub(super) default: Option<String>,
    pub(super) allowed: Vec<String>,
    pub(super) exclusive: Vec<String>,
    pub(super) deprecated: Option<String>,
    pub(super) announce: Option<String>,
    pub(super) separator: Option<String>,
    pub(super) range: Option<String>,
    pub(super) roles: Vec<String>,
    pub(super) format: Option<String>,
}

impl Parameter {
    pub(super) fn new(field: &Field, doc: String) -> Self {
        let name = field
            .ident
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        Self {
            names: vec![camel_case(name.trim_start_matches("r#"))],
            doc,
            sources: vec![SOURCES[0].to_string()],
            optional: false,
            default: None,
            allowed: Vec::new(),
            exclusive: Vec::new(),
            deprecated: None,
            announce: None,
            separator: None,
            range: None,
            roles: Vec::new(),
            format: None,
        }
    }

    /// What does not fit together.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let has = |role: &str| self.roles.iter().any(|r| r == role);
        if self.doc.is_empty() && self.deprecated.is_none() {
            return Err("a parameter needs a doc comment: it is what users read");
        }
        if has("endpoint") != self.format.is_some() {
            return Err("`role = \"endpoint\"` and `format` go together");
        }
        if self.default.is_some() && self.deprecated.is_some() {
            return Err("a deprecated parameter cannot have a default");
        }
        if self.default.is_some() && self.optional {
            return Err("a parameter with a default is never missing: leave out `optional`");
        }
        Ok(())
    }

    /// Whether its value must not be shown.
    pub(super) fn is_secret(&self) -> bool {
        let secret = ["secret", "tls-key", "tls-key-password"];
        self.roles
            .iter()
            .any(|role| secret.contains(&role.as_str()))
    }

    /// The `Field` of a parameter read as `ty`.
    pub(super) fn tokens(&self, ty: &Type) -> TokenStream {
        let Self {
            names,
            optional,
            allowed,
            exclusive,
            ..
        } = self;
        let sources = self.sources.iter().map(|source| {
            let mut variant = source.clone();
            variant[..1].make_ascii_uppercase();
            let variant = format_ident!("{variant}");
            quote!(::scaler_sdk::config::Source::#variant)
        });
        let default = option(self.default.as_ref());
        let deprecated = option(self.deprecated.as_ref());
        let announce = option(self.announce.as_ref());
        let range = option(self.range.as_ref());
        let separator = self.separator.as_deref().unwrap_or(",");
        let secret = self.is_secret();
        let json = self.json();
        quote! {
            ::scaler_sdk::config::Field::Parameter(::scaler_sdk::config::ParameterSpec {
                names: &[#(#names),*],
                sources: &[#(#sources),*],
                optional: #optional
                    || <#ty as ::scaler_sdk::FromParameter>::OPTIONAL
                    || #deprecated.is_some(),
                default: #default,
                allowed: &[#(#allowed),*],
                exclusive: &[#(#exclusive),*],
                deprecated: #deprecated,
                announce: #announce,
                secret: #secret,
                separator: #separator,
                range: #range,
                kind: <#ty as ::scaler_sdk::FromParameter>::KIND,
                json: #json,
            })
        }
    }

    /// Its description's members, but for those that only the type knows.
    fn json(&self) -> String {
        let mut members = serde_json::Map::new();
        let mut put = |key: &str, value: serde_json::Value| members.insert(key.into(), value);
        put("names", self.names.clone().into());
        put("doc", self.doc.clone().into());
        put("sources", self.sources.clone().into());
        for (key, text) in [
            ("default", &self.default),
            ("deprecated", &self.deprecated),
            ("announce", &self.announce),
            ("format", &self.format),
        ] {
            if let Some(text) = text {
                put(key, text.clone().into());
            }
        }
        for (key, list) in [("allowed", &self.allowed), ("roles", &self.roles)] {
            if !list.is_empty() {
                put(key, list.clone().into());
            }
        }
        let object = serde_json::Value::from(members).to_string();
        object[1..object.len() - 1].to_string()
    }
}

fn option(text: Option<&String>) -> TokenStream {
    match text {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::<&'static str>::None),
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut text = words.next().unwrap_or_default().to_string();
    for word in words {
        let mut letters = word.chars();
        text.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        text.extend(letters);
    }
    text
}
