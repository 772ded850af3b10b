//! `oauth2`: client credentials, for scalers that fetch tokens themselves.

use std::fmt::Write;

use operator_api::OAuth2;
use secrecy::SecretString;

use super::secret;
use crate::{Notice, Objects};

pub(crate) fn parameters(
    objects: &dyn Objects,
    namespace: &str,
    oauth2: &OAuth2,
    notices: &mut Vec<Notice>,
) -> Vec<(String, SecretString)> {
    let client_secret = match &oauth2.client_secret {
        Some(from) => {
            let reference = &from.value_from.secret_key_ref;
            secret::value(objects, namespace, &reference.name, &reference.key, notices)
        }
        None => SecretString::default(),
    };
    let mut parameters = vec![
        (
            "oauthTokenURI".to_string(),
            SecretString::from(oauth2.token_url.as_str()),
        ),
        (
            "clientID".to_string(),
            SecretString::from(oauth2.client_id.as_str()),
        ),
        ("clientSecret".to_string(), client_secret),
    ];
    if !oauth2.scopes.is_empty() {
        parameters.push(("scopes".into(), SecretString::from(oauth2.scopes.join(","))));
    }
    if !oauth2.token_url_params.is_empty() {
        let pairs: Vec<_> = oauth2
            .token_url_params
            .iter()
            .map(|(key, value)| format!("{}={}", query_escape(key), query_escape(value)))
            .collect();
        parameters.push(("endpointParams".into(), SecretString::from(pairs.join("&"))));
    }
    parameters
}

/// As Go's `url.QueryEscape`.
fn query_escape(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn escapes_are_those_of_go() {
        assert_eq!(
            super::query_escape("a b&c=ü/~-_."),
            "a+b%26c%3D%C3%BC%2F~-_."
        );
    }
}
