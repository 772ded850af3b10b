//! `configMapTargetRef`: keys of ConfigMaps.

use operator_api::AuthTargetRef;
use secrecy::SecretString;

use crate::{Notice, Objects};

/// What is missing is empty, with a notice.
pub(crate) fn parameters(
    objects: &dyn Objects,
    namespace: &str,
    references: &[AuthTargetRef],
    notices: &mut Vec<Notice>,
) -> Vec<(String, SecretString)> {
    let mut value = |name: &str, key: &str| {
        let Some(map) = objects.config_map(namespace, name) else {
            notices.push(Notice::new(
                "ConfigMapNotFound",
                format!(
                    "ConfigMap {namespace}/{name} does not exist, its key {key} counts as empty"
                ),
            ));
            return SecretString::default();
        };
        let Some(value) = map.data.get(key) else {
            notices.push(Notice::new(
                "ConfigMapKeyNotFound",
                format!("ConfigMap {namespace}/{name} has no key {key}, which counts as empty"),
            ));
            return SecretString::default();
        };
        SecretString::from(value.as_str())
    };
    references
        .iter()
        .map(|r| (r.parameter.clone(), value(&r.name, &r.key)))
        .collect()
}
