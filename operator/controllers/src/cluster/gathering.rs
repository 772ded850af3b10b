use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::PostParams;
use kube::runtime::reflector::ObjectRef;
use operator_api::{ClusterTriggerAuthentication, ConfigMap, Secret, TriggerAuthentication};
use operator_auth::Objects;
use secrecy::{SecretSlice, SecretString};

use super::{Stores, Tolerant};
use crate::lane::{ClusterError, Lane};

/// So many rounds of references to references are followed; resolution knows two.
const ROUNDS: usize = 4;

/// The objects that one resolution reads, got from the cluster as they turn out to be needed: the
/// resolution is tried, what it missed is read, and it is tried again. Nothing is kept afterwards.
pub(crate) struct Gathering<'a> {
    stores: &'a Stores,
    lane: &'a Lane,
    known: Mutex<Known>,
}

/// Kind, namespace and name.
type Key = (&'static str, String, String);

#[derive(Default)]
struct Known {
    secrets: BTreeMap<Key, Option<Arc<Secret>>>,
    config_maps: BTreeMap<Key, Option<Arc<ConfigMap>>>,
    tokens: BTreeMap<Key, Option<SecretString>>,
    missing: BTreeSet<Key>,
}

impl<'a> Gathering<'a> {
    pub(crate) fn new(stores: &'a Stores, lane: &'a Lane) -> Self {
        let known = Mutex::default();
        Self {
            stores,
            lane,
            known,
        }
    }

    /// Does `resolve` until it misses nothing that could be read.
    ///
    /// # Errors
    /// When something cannot be read for another reason than that it does not exist.
    pub(crate) async fn resolve<T>(
        &self,
        mut resolve: impl FnMut(&dyn Objects) -> T,
    ) -> Result<T, ClusterError> {
        let mut result = resolve(self);
        for _ in 0..ROUNDS {
            let missing = std::mem::take(&mut self.known().missing);
            if missing.is_empty() {
                break;
            }
            for key in missing {
                self.read(key).await?;
            }
            result = resolve(self);
        }
        Ok(result)
    }

    async fn read(&self, key: Key) -> Result<(), ClusterError> {
        let (kind, namespace, name) = (key.0, key.1.as_str(), key.2.as_str());
        let what = format!("read {kind} {namespace}/{name}");
        if kind == TOKEN {
            let token = self.make_token(namespace, name).await?;
            self.known().tokens.insert(key, token);
        } else if kind == SECRET {
            let api: Api<core::Secret> = Api::namespaced(self.lane.client(), namespace);
            let read = self.lane.call(&what, api.get_opt(name)).await?;
            self.known().secrets.insert(key, read.map(secret));
        } else {
            let api: Api<core::ConfigMap> = Api::namespaced(self.lane.client(), namespace);
            let read = self.lane.call(&what, api.get_opt(name)).await?;
            self.known().config_maps.insert(key, read.map(config_map));
        }
        Ok(())
    }

    async fn make_token(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<SecretString>, ClusterError> {
        let api: Api<core::ServiceAccount> = Api::namespaced(self.lane.client(), namespace);
        let request = TokenRequest {
            spec: Some(TokenRequestSpec {
                expiration_seconds: Some(TOKEN_SECONDS),
                ..TokenRequestSpec::default()
            }),
            ..TokenRequest::default()
        };
        let what = format!("make a token of ServiceAccount {namespace}/{name}");
        let params = PostParams::default();
        let call = api.create_token_request(name, &params, &request);
        match self.lane.call(&what, call).await {
            Ok(made) => {
                let token = made.status.and_then(|status| status.token);
                Ok(token.map(SecretString::from))
            }
            // As in KEDA, the parameter is empty, and the scaler says what it misses.
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const TOKEN: &str = "token of ServiceAccount";
/// How long a token is valid; it is made anew whenever the trigger is opened.
const TOKEN_SECONDS: i64 = 3600;
const SECRET: &str = "Secret";
const CONFIG_MAP: &str = "ConfigMap";

fn secret(from: core::Secret) -> Arc<Secret> {
    let data = from.data.unwrap_or_default().into_iter();
    let data = data.map(|(key, value)| (key, SecretSlice::from(value.0)));
    Arc::new(Secret {
        metadata: from.metadata,
        data: data.collect(),
    })
}

fn config_map(from: core::ConfigMap) -> Arc<ConfigMap> {
    Arc::new(ConfigMap {
        metadata: from.metadata,
        data: from.data.unwrap_or_default(),
    })
}

impl Objects for Gathering<'_> {
    fn secret(&self, namespace: &str, name: &str) -> Option<Arc<Secret>> {
        let mut known = self.known();
        let key = (SECRET, namespace.to_string(), name.to_string());
        match known.secrets.get(&key) {
            Some(secret) => secret.clone(),
            None => {
                known.missing.insert(key);
                None
            }
        }
    }

    fn config_map(&self, namespace: &str, name: &str) -> Option<Arc<ConfigMap>> {
        let mut known = self.known();
        let key = (CONFIG_MAP, namespace.to_string(), name.to_string());
        match known.config_maps.get(&key) {
            Some(map) => map.clone(),
            None => {
                known.missing.insert(key);
                None
            }
        }
    }

    fn trigger_authentication(
        &self,
        namespace: &str,
        name: &str,
    ) -> Option<Arc<TriggerAuthentication>> {
        let key = ObjectRef::new(name).within(namespace);
        let seen = self.stores.authentications.get(&key)?;
        let Tolerant::Good(spec) = &seen.spec else {
            return None;
        };
        let mut object = TriggerAuthentication::new(name, spec.clone());
        object.metadata.namespace = Some(namespace.to_string());
        Some(Arc::new(object))
    }

    fn cluster_trigger_authentication(
        &self,
        name: &str,
    ) -> Option<Arc<ClusterTriggerAuthentication>> {
        let key = ObjectRef::new(name);
        let seen = self.stores.cluster_authentications.get(&key)?;
        let Tolerant::Good(spec) = &seen.spec else {
            return None;
        };
        let object = ClusterTriggerAuthentication::new(name, spec.clone());
        Some(Arc::new(object))
    }

    fn makes_tokens(&self) -> bool {
        true
    }

    fn token(&self, namespace: &str, service_account: &str) -> Option<SecretString> {
        let mut known = self.known();
        let key = (TOKEN, namespace.to_string(), service_account.to_string());
        match known.tokens.get(&key) {
            Some(token) => token.clone(),
            None => {
                known.missing.insert(key);
                None
            }
        }
    }
}
