use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;

use operator_api::{
    ClusterTriggerAuthentication, ConfigMap, Object, ObjectKey, Secret, TriggerAuthentication,
};

/// The objects that resolution reads. Adapters are files in memory and a cluster's cache, so that no
/// call waits.
pub trait Objects: Send + Sync {
    /// A Secret.
    fn secret(&self, namespace: &str, name: &str) -> Option<Arc<Secret>>;
    /// A ConfigMap.
    fn config_map(&self, namespace: &str, name: &str) -> Option<Arc<ConfigMap>>;
    /// A TriggerAuthentication.
    fn trigger_authentication(
        &self,
        namespace: &str,
        name: &str,
    ) -> Option<Arc<TriggerAuthentication>>;
    /// A ClusterTriggerAuthentication.
    fn cluster_trigger_authentication(
        &self,
        name: &str,
    ) -> Option<Arc<ClusterTriggerAuthentication>>;

    /// Whether there is somebody who makes tokens of service accounts.
    fn makes_tokens(&self) -> bool {
        false
    }

    /// A token of a service account, for an hour.
    fn token(&self, namespace: &str, service_account: &str) -> Option<SecretString> {
        let _ = (namespace, service_account);
        None
    }
}

/// Objects from documents.
#[derive(Debug, Clone, Default)]
pub struct InMemory {
    secrets: BTreeMap<ObjectKey, Arc<Secret>>,
    config_maps: BTreeMap<ObjectKey, Arc<ConfigMap>>,
    authentications: BTreeMap<ObjectKey, Arc<TriggerAuthentication>>,
    cluster_authentications: BTreeMap<ObjectKey, Arc<ClusterTriggerAuthentication>>,
}

impl InMemory {
    /// Takes what resolution can use from `objects`; of two with the same key the later counts.
    pub fn new<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Self {
        let mut this = Self::default();
        for object in objects {
            let key = object.key();
            match object {
                Object::Secret(secret) => {
                    this.secrets.insert(key, Arc::new(secret.clone()));
                }
                Object::ConfigMap(map) => {
                    this.config_maps.insert(key, Arc::new(map.clone()));
                }
                Object::TriggerAuthentication(auth) => {
                    this.authentications.insert(key, Arc::new((**auth).clone()));
                }
                Object::ClusterTriggerAuthentication(auth) => {
                    this.cluster_authentications
                        .insert(key, Arc::new((**auth).clone()));
                }
                Object::ScaledObject(_) | Object::ScaledJob(_) | Object::Process(_) => {}
            }
        }
        this
    }
}

impl Objects for InMemory {
    fn secret(&self, namespace: &str, name: &str) -> Option<Arc<Secret>> {
        self.secrets
            .get(&ObjectKey::new("Secret", Some(namespace), name))
            .cloned()
    }

    fn config_map(&self, namespace: &str, name: &str) -> Option<Arc<ConfigMap>> {
        self.config_maps
            .get(&ObjectKey::new("ConfigMap", Some(namespace), name))
            .cloned()
    }

    fn trigger_authentication(
        &self,
        namespace: &str,
        name: &str,
    ) -> Option<Arc<TriggerAuthentication>> {
        let key = ObjectKey::new("TriggerAuthentication", Some(namespace), name);
        self.authentications.get(&key).cloned()
    }

    fn cluster_trigger_authentication(
        &self,
        name: &str,
    ) -> Option<Arc<ClusterTriggerAuthentication>> {
        let key = ObjectKey::new("ClusterTriggerAuthentication", None, name);
        self.cluster_authentications.get(&key).cloned()
    }
}
