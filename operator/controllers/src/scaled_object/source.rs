use std::sync::Arc;

use futures::future::BoxFuture;
use kube::api::ApiResource;
use operator_api::ScaleTrigger;
use operator_auth::{Resolver, Workload};
use operator_engine::ObjectKey;
use operator_engine::port::{ResolveError, TriggerSource};
use runtime_types::Trigger;

use crate::cluster::{Gathering, Stores, containers};
use crate::lane::Lane;

/// One trigger of a ScaledObject. What it is resolved from is read anew each time.
pub(super) struct Source {
    pub(super) stores: Stores,
    pub(super) lane: Lane,
    pub(super) resolver: Arc<Resolver>,
    pub(super) object: ObjectKey,
    pub(super) kind: ApiResource,
    pub(super) target: String,
    pub(super) container: Option<String>,
    pub(super) index: u32,
    pub(super) trigger: ScaleTrigger,
    pub(super) as_metric_source: bool,
}

impl Source {
    /// Most triggers read no environment, and then their target's template needs no look. KEDA reads
    /// it always, and an object fails that has a broken variable nobody asked for.
    fn needs_environment(&self) -> bool {
        let named = |key: &String| key.contains("FromEnv");
        self.trigger.metadata.keys().any(named) || self.trigger.authentication_ref.is_some()
    }

    async fn workload(&self) -> Result<Workload, ResolveError> {
        if !self.needs_environment() {
            return Ok(Workload {
                namespace: self.object.namespace.clone(),
                ..Workload::default()
            });
        }
        let namespace = &self.object.namespace;
        let workload = containers(&self.lane, &self.kind, namespace, &self.target)
            .await
            .map_err(|error| ResolveError(error.to_string()))?;
        let elsewhere = *namespace != self.resolver.cluster_namespace;
        Ok(Workload {
            without_secrets: self.resolver.restrict_secrets && elsewhere,
            ..workload
        })
    }
}

impl TriggerSource for Source {
    fn resolve(&self) -> BoxFuture<'_, Result<Trigger, ResolveError>> {
        Box::pin(async move {
            let workload = self.workload().await?;
            // Without variables of the target there is no container to be found.
            let container = self
                .needs_environment()
                .then_some(self.container.as_deref())
                .flatten();
            let gathering = Gathering::new(&self.stores, &self.lane);
            let resolved = gathering
                .resolve(|objects| {
                    self.resolver.resolve(
                        objects,
                        (&self.object.namespace, &self.object.name),
                        (self.index, &self.trigger),
                        &workload,
                        container,
                        self.as_metric_source,
                    )
                })
                .await
                .map_err(|error| ResolveError(error.to_string()))?;
            let resolved = resolved.map_err(|error| ResolveError(error.to_string()))?;
            for notice in &resolved.notices {
                tracing::debug!(object = %self.object, trigger = self.index, reason = notice.reason, %notice, "trigger");
            }
            Ok(resolved.trigger)
        })
    }
}
