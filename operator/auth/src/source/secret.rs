//! `secretTargetRef`: keys of Secrets.

use operator_api::AuthTargetRef;
use secrecy::SecretString;

use super::text_of;
use crate::{Notice, Objects};

/// The value; what is missing is empty, with a notice.
pub(crate) fn value(
    objects: &dyn Objects,
    namespace: &str,
    name: &str,
    key: &str,
    notices: &mut Vec<Notice>,
) -> SecretString {
    let Some(secret) = objects.secret(namespace, name) else {
        notices.push(Notice::new(
            "SecretNotFound",
            format!("Secret {namespace}/{name} does not exist, its key {key} counts as empty"),
        ));
        return SecretString::default();
    };
    let Some(value) = secret.data.get(key) else {
        notices.push(Notice::new(
            "SecretKeyNotFound",
            format!("Secret {namespace}/{name} has no key {key}, which counts as empty"),
        ));
        return SecretString::default();
    };
    text_of(value, name, key, notices)
}

pub(crate) fn parameters(
    objects: &dyn Objects,
    namespace: &str,
    references: &[AuthTargetRef],
    notices: &mut Vec<Notice>,
) -> Vec<(String, SecretString)> {
    references
        .iter()
        .map(|r| {
            (
                r.parameter.clone(),
                value(objects, namespace, &r.name, &r.key, notices),
            )
        })
        .collect()
}
