//! One file a source of parameters.

pub(crate) mod bound_token;
pub(crate) mod config_map;
pub(crate) mod env;
pub(crate) mod file;
pub(crate) mod oauth2;
pub(crate) mod pod_identity;
pub(crate) mod secret;
pub(crate) mod unsupported;

use secrecy::{ExposeSecret, SecretSlice, SecretString};

use crate::Notice;

/// A Secret's bytes as text; bytes that are no text are empty, with a notice.
pub(crate) fn text_of(
    bytes: &SecretSlice<u8>,
    name: &str,
    key: &str,
    notices: &mut Vec<Notice>,
) -> SecretString {
    match std::str::from_utf8(bytes.expose_secret()) {
        Ok(text) => SecretString::from(text),
        Err(_) => {
            let message = format!("key {key} of Secret {name} is not text in UTF-8, empty is used");
            notices.push(Notice::new("SecretNotText", message));
            SecretString::default()
        }
    }
}
