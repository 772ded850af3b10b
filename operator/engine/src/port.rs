//! What the engine needs of the outside. Adapters live at the edge (`operator/standalone`,
//! `operator/controllers`); only the binary sees both sides.

use std::sync::Arc;

use futures::future::BoxFuture;
use runtime_types::{Checked, Outcome, ParameterError, Trigger, Unknown};

/// Resolves one trigger as its object states it now: authentication and environment are read
/// anew each time, so that a changed secret takes effect when a trigger is opened again.
pub trait TriggerSource: Send + Sync {
    /// The trigger, ready for a scaler.
    fn resolve(&self) -> BoxFuture<'_, Result<Trigger, ResolveError>>;
}

/// A trigger that cannot be resolved: one sentence in lower case, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ResolveError(pub String);

/// The event sources, behind whatever runs their scalers.
pub trait Scalers: Send + Sync {
    /// What the trigger's parameters mean: metrics, targets, errors. No source is asked.
    fn check<'a>(&'a self, trigger: &'a Trigger) -> BoxFuture<'a, Result<Checked, CheckError>>;

    /// Opens the trigger for polling. Connecting may wait until the first poll.
    fn open(&self, trigger: Arc<Trigger>) -> Box<dyn OpenTrigger>;
}

/// Why a trigger's metrics cannot be told.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CheckError {
    /// No scaler provides this trigger type.
    #[error("no scaler found for type: {0}")]
    UnknownType(String),
    /// The user must change parameters.
    #[error("{}", join(.0))]
    Config(Vec<ParameterError>),
    /// The scaler itself failed.
    #[error(transparent)]
    Scaler(#[from] Unknown),
}

fn join(errors: &[ParameterError]) -> String {
    let messages: Vec<_> = errors.iter().map(|e| e.message.as_str()).collect();
    messages.join("; ")
}

/// One open trigger. Dropping it closes it.
pub trait OpenTrigger: Send {
    /// Asks the source once. Bounded in time by the implementation; never panics.
    fn poll(&mut self) -> BoxFuture<'_, Outcome>;
}

/// What is scaled.
pub trait ScaleTarget: Send + Sync {
    /// The replicas now.
    fn replicas(&self) -> BoxFuture<'_, Result<Replicas, TargetError>>;

    /// Asks for `replicas` of them; returns when the wish is recorded, not when it is true.
    fn scale(&self, replicas: u32) -> BoxFuture<'_, Result<(), TargetError>>;
}

/// How many replicas a target has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replicas {
    /// Asked for (`spec.replicas`).
    pub wanted: u32,
    /// Running and ready.
    pub ready: u32,
}

/// A target that cannot be read or scaled: one sentence in lower case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TargetError(pub String);
