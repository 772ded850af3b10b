use std::sync::Arc;

use futures::future::BoxFuture;
use operator_api::ObjectKey;
use operator_engine::port::{Replicas, ScaleTarget, TargetError};

use crate::processes::ProcessSet;
use crate::state::StateDirectory;

/// A Process whose number of replicas outlives penstock.
pub(super) struct KeptTarget {
    pub(super) set: ProcessSet,
    pub(super) state: Option<Arc<StateDirectory>>,
    /// Under which the number is kept.
    pub(super) name: String,
}

/// The name under which the number of replicas of a Process is kept.
pub(super) fn state_name(process: &ObjectKey) -> String {
    format!("process.{}.{}", process.namespace, process.name)
}

/// The number kept by an earlier run; 0 without one.
pub(super) fn kept(state: Option<&StateDirectory>, process: &ObjectKey) -> u32 {
    state
        .and_then(|state| state.read(&state_name(process)))
        .unwrap_or(0)
}

impl ScaleTarget for KeptTarget {
    fn replicas(&self) -> BoxFuture<'_, Result<Replicas, TargetError>> {
        self.set.replicas()
    }

    fn scale(&self, replicas: u32) -> BoxFuture<'_, Result<(), TargetError>> {
        if let Some(state) = &self.state
            && let Err(error) = state.write(&self.name, &replicas)
        {
            // Only a restart would miss it.
            tracing::warn!(%error, "the number of replicas cannot be kept");
        }
        self.set.scale(replicas)
    }
}
