//! What the engine needs of the outside. Adapters live at the edge (`operator/standalone`,
//! `operator/controllers`); only the binary sees both sides.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use futures::future::BoxFuture;
use operator_scaling::{Event, Millis, ResourceUsage, State};
use runtime_types::{Checked, Outcome, ParameterError, Trigger, Unknown};

use crate::object::ObjectKey;
use crate::snapshot::Snapshot;

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

    /// Tells builds of the scaler apart, once it was polled: after a change its metrics and targets
    /// may be others, and are checked again.
    fn version(&self) -> Option<&str> {
        None
    }

    /// Once it was polled: equal for triggers whose sources are asked in one go when they are polled
    /// at the same time. Their objects then tick together.
    fn pace(&self) -> Option<u64> {
        None
    }
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

/// Use of cpu or memory by a target, for the built-in autoscaler.
pub trait ResourceMeter: Send + Sync {
    /// What is used now.
    fn usage(&self) -> BoxFuture<'_, Result<ResourceUsage, Unknown>>;
}

/// The time of day.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Millis;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = since.unwrap_or_default().as_millis();
        Millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }
}

/// Where an object's state outlives the process. Saving is asked for after each tick that changed
/// it. An implementation that writes to the cluster may hold back writes; it then gives a
/// `last_active` that is later by what it may have missed, so that a new owner does not cut a
/// cooldown short.
pub trait StateStore: Send + Sync {
    /// The state kept for the object with that uid.
    fn load<'a>(&'a self, uid: &'a str) -> BoxFuture<'a, Result<Option<State>, StoreError>>;

    /// Keeps the state.
    fn save<'a>(&'a self, uid: &'a str, state: &'a State) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Forgets the state of an object that is gone.
    fn forget<'a>(&'a self, uid: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// State that cannot be read or kept: one sentence in lower case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// Who acts on an object. Asked before each tick; must be cheap.
pub trait Owner: Send + Sync {
    /// Who owns the object with that uid now.
    fn owner(&self, uid: &str) -> Ownership;
}

/// Who acts on an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// This process.
    Here,
    /// Another, at that address.
    Peer(String),
}

/// One process that owns all.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnsAll;

impl Owner for OwnsAll {
    fn owner(&self, _uid: &str) -> Ownership {
        Ownership::Here
    }
}

/// Records events about objects. Must not wait: an implementation that writes to the cluster has
/// a bounded queue and counts what it drops.
pub trait Recorder: Send + Sync {
    /// Records `event` about the object.
    fn record(&self, key: &ObjectKey, event: &Event);
}

/// Writes events to the log.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogRecorder;

impl Recorder for LogRecorder {
    fn record(&self, key: &ObjectKey, event: &Event) {
        let (reason, text) = (event.reason.as_str(), event.message.as_str());
        if event.warning {
            tracing::warn!(object = %key, reason, text, "event");
        } else {
            tracing::info!(object = %key, reason, text, "event");
        }
    }
}

/// Sees each snapshot as it is published. Must not wait.
pub trait Observer: Send + Sync {
    /// `after` is published in the place of `before`.
    fn published(&self, before: &Snapshot, after: &Snapshot);
}

/// Sees nothing: readers ask for the snapshots themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn published(&self, _before: &Snapshot, _after: &Snapshot) {}
}
