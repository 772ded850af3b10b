use std::sync::Arc;

use futures::future::BoxFuture;
use operator_api::{ObjectKey, ScaleTrigger};
use operator_engine::port::{ResolveError, TriggerSource};
use runtime_types::Trigger;

use super::world::World;

/// One trigger of a ScaledObject in the files.
pub(super) struct Source {
    pub(super) world: Arc<World>,
    pub(super) object: ObjectKey,
    pub(super) process: ObjectKey,
    pub(super) index: u32,
    pub(super) trigger: ScaleTrigger,
    pub(super) as_metric_source: bool,
}

impl TriggerSource for Source {
    fn resolve(&self) -> BoxFuture<'_, Result<Trigger, ResolveError>> {
        Box::pin(async move {
            let current = self.world.current();
            let workload = current.workload(&self.process);
            let resolved = self.world.resolver.resolve(
                current.objects(),
                (&self.object.namespace, &self.object.name),
                (self.index, &self.trigger),
                &workload,
                // A process is its only container, whatever name the object had for it in a cluster.
                None,
                self.as_metric_source,
            );
            match resolved {
                Ok(resolved) => {
                    self.world
                        .notice(&self.object, self.index, resolved.notices);
                    Ok(resolved.trigger)
                }
                Err(error) => Err(ResolveError(error.to_string())),
            }
        })
    }
}
