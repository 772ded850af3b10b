use std::collections::BTreeMap;

use http::HeaderName;

use crate::certificate::Authorities;

/// Whose word is taken for who asks, as the cluster says in a ConfigMap.
#[derive(Debug, Clone, Default)]
pub(super) struct Trust {
    /// The proxy, and where it says on whose behalf it asks.
    pub(super) proxy: Option<Proxy>,
    /// Who issues certificates to users.
    pub(super) clients: Option<Authorities>,
}

#[derive(Debug, Clone)]
pub(super) struct Proxy {
    pub(super) authorities: Authorities,
    /// Common names of the proxy's certificate; none means any.
    pub(super) names: Vec<String>,
    pub(super) user_headers: Vec<HeaderName>,
    pub(super) uid_headers: Vec<HeaderName>,
    pub(super) group_headers: Vec<HeaderName>,
    /// Lower case.
    pub(super) extra_prefixes: Vec<String>,
}

impl Trust {
    /// What the ConfigMap's data says, or what is wrong with it.
    pub(super) fn parse(data: &BTreeMap<String, String>) -> Result<Self, String> {
        let clients = authorities(data, "client-ca-file")?;
        let proxy = match authorities(data, "requestheader-client-ca-file")? {
            None => None,
            Some(authorities) => Some(Proxy {
                authorities,
                names: list(data, "requestheader-allowed-names")?,
                user_headers: headers(data, "requestheader-username-headers")?,
                uid_headers: headers(data, "requestheader-uid-headers")?,
                group_headers: headers(data, "requestheader-group-headers")?,
                extra_prefixes: list(data, "requestheader-extra-headers-prefix")?
                    .into_iter()
                    .map(|prefix| prefix.trim().to_ascii_lowercase())
                    // An empty prefix would make every header a fact about the user.
                    .filter(|prefix| !prefix.is_empty())
                    .collect(),
            }),
        };
        Ok(Self { proxy, clients })
    }
}

fn authorities(data: &BTreeMap<String, String>, key: &str) -> Result<Option<Authorities>, String> {
    let pem = data.get(key).map(String::as_str).unwrap_or_default();
    Authorities::parse(pem).map_err(|error| format!("{key}: {error}"))
}

fn list(data: &BTreeMap<String, String>, key: &str) -> Result<Vec<String>, String> {
    match data.get(key).map(|text| text.trim()) {
        None | Some("") => Ok(vec![]),
        Some(text) => {
            let list: Option<Vec<String>> =
                serde_json::from_str(text).map_err(|error| format!("{key}: {error}"))?;
            Ok(list.unwrap_or_default())
        }
    }
}

fn headers(data: &BTreeMap<String, String>, key: &str) -> Result<Vec<HeaderName>, String> {
    let names = list(data, key)?;
    let names = names.iter().map(|name| {
        let name = name.trim();
        HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("{key}: no header name: {name:?}"))
    });
    names.collect()
}
