use std::sync::{Mutex, PoisonError};

use futures::future::BoxFuture;
use k8s_openapi::api::autoscaling::v1::Scale;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, Patch, PatchParams};
use kube::runtime::reflector::ObjectRef;
use operator_engine::port::{Replicas, ScaleTarget, TargetError};
use serde_json::json;

use super::Stores;
use crate::lane::{ClusterError, Lane};

/// A target with a `/scale` subresource. Deployments and StatefulSets are watched, so that looking at
/// them costs no call; others are asked.
pub(crate) struct KubernetesTarget {
    pub(crate) stores: Stores,
    pub(crate) lane: Lane,
    pub(crate) kind: ApiResource,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// What was seen last: the base of the next change.
    pub(crate) seen: Mutex<Option<Seen>>,
}

/// A target as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    replicas: Replicas,
    version: Option<String>,
}

/// Why a target cannot be scaled at all.
#[derive(Debug)]
pub(crate) enum TargetFault {
    /// There is no such object.
    Missing,
    /// It has no `/scale`.
    NotScalable,
    /// It cannot be told.
    Cluster(ClusterError),
}

impl KubernetesTarget {
    /// Looks whether the target can be scaled; gives its replicas.
    pub(crate) async fn check(&self) -> Result<u32, TargetFault> {
        let error = match self.look().await {
            Ok(seen) => return Ok(seen.replicas.wanted),
            Err(error) if error.is_not_found() => error,
            Err(error) => return Err(TargetFault::Cluster(error)),
        };
        let what = format!("read {} {}/{}", self.kind.kind, self.namespace, self.name);
        let api = self.api();
        match self
            .lane
            .call(&what, api.get_metadata_opt(&self.name))
            .await
        {
            Ok(Some(_)) => Err(TargetFault::NotScalable),
            Ok(None) => Err(TargetFault::Missing),
            // Reading the object itself may be forbidden; that there is no scale is known.
            Err(_) => Err(TargetFault::Cluster(error)),
        }
    }

    fn watched(&self) -> Option<Seen> {
        if self.kind.group != "apps" {
            return None;
        }
        let (spec, status, version) = match self.kind.kind.as_str() {
            "Deployment" => {
                let key = ObjectRef::new(&self.name).within(&self.namespace);
                let found = self.stores.deployments.get(&key)?;
                let version = found.metadata.resource_version.clone();
                (found.spec.clone(), found.status.clone(), version)
            }
            "StatefulSet" => {
                let key = ObjectRef::new(&self.name).within(&self.namespace);
                let found = self.stores.stateful_sets.get(&key)?;
                let version = found.metadata.resource_version.clone();
                (found.spec.clone(), found.status.clone(), version)
            }
            _ => return None,
        };
        let (wanted, ready) = (spec.replicas(), status.ready());
        Some(Seen {
            replicas: Replicas { wanted, ready },
            version,
        })
    }

    fn api(&self) -> Api<DynamicObject> {
        Api::namespaced_with(self.lane.client(), &self.namespace, &self.kind)
    }

    async fn asked(&self) -> Result<Seen, ClusterError> {
        let api = self.api();
        let what = format!(
            "read the scale of {} {}/{}",
            self.kind.kind, self.namespace, self.name
        );
        let scale = self.lane.call(&what, api.get_scale(&self.name)).await?;
        Ok(seen(&scale))
    }

    async fn look(&self) -> Result<Seen, ClusterError> {
        match self.watched() {
            Some(seen) => Ok(seen),
            // Just made, or of another kind.
            None => self.asked().await,
        }
    }

    /// Asks for `replicas`, provided that nobody changed the target since it was looked at.
    async fn patch(&self, replicas: u32, version: Option<&str>) -> Result<Scale, ClusterError> {
        let what = format!(
            "scale {} {}/{} to {replicas}",
            self.kind.kind, self.namespace, self.name
        );
        let patch = Patch::Merge(match version {
            Some(version) => {
                json!({"metadata": {"resourceVersion": version}, "spec": {"replicas": replicas}})
            }
            None => json!({"spec": {"replicas": replicas}}),
        });
        let (api, params) = (self.api(), PatchParams::default());
        let call = api.patch_scale(&self.name, &params, &patch);
        self.lane.call(&what, call).await
    }

    fn remember(&self, seen: Seen) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }

    fn last_seen(&self) -> Option<Seen> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The decision was made for what was seen. Where the target has changed since, but not its
    /// replicas, it still holds.
    async fn scale_from(&self, seen: Option<Seen>, replicas: u32) -> Result<(), ClusterError> {
        let version = seen.as_ref().and_then(|seen| seen.version.as_deref());
        let scaled = match self.patch(replicas, version).await {
            Err(error) if error.is_conflict() => {
                let now = self.asked().await?;
                let same = seen.is_none_or(|seen| seen.replicas.wanted == now.replicas.wanted);
                if !same {
                    return Err(error);
                }
                self.patch(replicas, now.version.as_deref()).await?
            }
            other => other?,
        };
        self.remember(self::seen(&scaled));
        Ok(())
    }
}

fn seen(scale: &Scale) -> Seen {
    let count = |n: i32| u32::try_from(n).unwrap_or(0);
    let spec = scale.spec.as_ref().and_then(|spec| spec.replicas);
    // Kinds that are not watched do not tell how many are ready, only how many there are.
    let status = scale.status.as_ref().map_or(0, |status| status.replicas);
    Seen {
        replicas: Replicas {
            // Custom kinds may leave it out, which is 0 in a Scale.
            wanted: spec.map_or(0, count),
            ready: count(status),
        },
        version: scale.metadata.resource_version.clone(),
    }
}

impl ScaleTarget for KubernetesTarget {
    fn replicas(&self) -> BoxFuture<'_, Result<Replicas, TargetError>> {
        Box::pin(async move {
            let seen = self.look().await.map_err(failed)?;
            let replicas = seen.replicas;
            self.remember(seen);
            Ok(replicas)
        })
    }

    fn scale(&self, replicas: u32) -> BoxFuture<'_, Result<(), TargetError>> {
        Box::pin(async move {
            let seen = self.last_seen();
            self.scale_from(seen, replicas).await.map_err(failed)
        })
    }
}

fn failed(error: ClusterError) -> TargetError {
    TargetError(error.to_string())
}
