use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use secrecy::SecretSlice;

/// A core/v1 Secret: `data` decoded, and `stringData` laid over it.
#[derive(Clone)]
pub struct Secret {
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// Values by key.
    pub data: BTreeMap<String, SecretSlice<u8>>,
}

/// Shows keys, never values.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("name", &self.metadata.name)
            .field("namespace", &self.metadata.namespace)
            .field("keys", &self.data.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// A core/v1 ConfigMap; binary values are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigMap {
    /// Name and namespace.
    pub metadata: ObjectMeta,
    /// Values by key.
    pub data: BTreeMap<String, String>,
}
