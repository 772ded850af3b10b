use runtime_types::{MetricType, Number, ParameterError, Unknown, UnknownReason};
use serde::{Deserialize, Serialize};

use crate::{Milli, Millis};

/// All that one tick knows of the outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// When the tick is.
    pub now: Millis,
    /// When the object was created.
    pub created_at: Millis,
    /// What the tick is for.
    pub tick: Tick,
    /// The target's replicas, or why they cannot be read.
    pub replicas: Result<Replicas, String>,
    /// The triggers asked in this tick: all of them, except for [`Tick::Query`].
    pub triggers: Vec<TriggerInput>,
    /// The target for people, such as `apps/v1.Deployment shop/worker`.
    pub target: String,
}

/// What a tick is for. Failures count towards fallback in each of them, once a tick and metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tick {
    /// Activation: 0 to 1 and back, conditions.
    Poll,
    /// Scaling 1..n with the built-in autoscaler.
    Sync,
    /// Both, with one look at the sources.
    PollAndSync,
    /// The cluster's autoscaler asks for values: no decision, perhaps not all triggers.
    Query,
}

impl Tick {
    /// Whether activation is decided.
    pub fn polls(self) -> bool {
        matches!(self, Self::Poll | Self::PollAndSync)
    }

    /// Whether 1..n is decided, given the built-in autoscaler.
    pub fn syncs(self) -> bool {
        matches!(self, Self::Sync | Self::PollAndSync)
    }
}

/// A target's replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Replicas {
    /// Asked for (`spec.replicas`).
    pub wanted: u32,
    /// Existing (`status.replicas`), where known; else as many as are wanted.
    pub observed: Option<u32>,
    /// Running and ready, where known.
    pub ready: Option<u32>,
}

impl Replicas {
    /// A settled target: as many exist and are ready as are wanted.
    pub fn settled(wanted: u32) -> Self {
        Self {
            wanted,
            observed: Some(wanted),
            ready: Some(wanted),
        }
    }
}

/// One trigger as a tick finds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriggerInput {
    /// Position in the object's list, from 0.
    pub index: u32,
    /// The trigger's name, empty when it has none. Formulas use it.
    pub name: String,
    /// The trigger's type, such as `redis`.
    pub trigger_type: String,
    /// What it says.
    pub kind: TriggerKind,
}

/// What a trigger says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum TriggerKind {
    /// An event source.
    External(External),
    /// `cpu` or `memory`: for scaling 1..n only.
    Resource(Resource),
}

/// An event source's answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct External {
    /// Its metrics, each with a value or why there is none.
    pub metrics: Vec<MetricInput>,
    /// Activity as the scaler states it; `None`: metrics are compared with their activation.
    pub active: Option<bool>,
    /// Why nothing is known of the trigger, not even its metrics. A failed poll of a trigger
    /// whose metrics are known is a failure of each metric instead, so that fallback applies.
    pub failure: Option<Failure>,
    /// The answer is that of an earlier tick (`useCachedMetrics`): it is used as it stands, and
    /// fallback does not count it again.
    #[serde(default)]
    pub cached: bool,
}

/// One metric of an event source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricInput {
    /// The full name, such as `s0-redis-orders`.
    pub full_name: String,
    /// What one replica (or, for `Value`, the whole) should have.
    pub target: Number,
    /// What the target is compared with.
    pub metric_type: MetricType,
    /// Active while the value is strictly greater; `None`: 0.
    pub activation: Option<Number>,
    /// The value. NaN and the infinities count as failures, negative values as 0.
    pub sample: Result<Number, Failure>,
}

/// Use of cpu or memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// `cpu` or `memory`.
    pub name: String,
    /// What is aimed at.
    pub target: ResourceTarget,
    /// What is used.
    pub usage: Result<ResourceUsage, Failure>,
}

/// What is aimed at with cpu or memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResourceTarget {
    /// Percent of what is requested.
    Utilization(u32),
    /// Cores or bytes a replica.
    AverageValue(Milli),
}

/// Use of cpu or memory, summed over the replicas that were measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceUsage {
    /// Cores or bytes used.
    pub total: Milli,
    /// Cores or bytes requested.
    pub requested: Milli,
    /// Replicas measured.
    pub replicas: u32,
}

/// Why something is not known. It never means zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}: {message}")]
pub struct Failure {
    /// PascalCase word.
    pub reason: String,
    /// One sentence in lower case.
    pub message: String,
}

impl Failure {
    /// A failure with its reason and one sentence about it.
    pub fn new(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            message: message.into(),
        }
    }

    /// The user must change parameters.
    pub fn config(errors: &[ParameterError]) -> Self {
        let texts: Vec<_> = errors.iter().map(|e| e.message.as_str()).collect();
        Self::new("Config", texts.join("; "))
    }

    pub(crate) fn not_finite(value: Number) -> Self {
        let message = format!("the source gave {value}, which is no finite number");
        Unknown::new(UnknownReason::Malformed, message).into()
    }
}

impl From<Unknown> for Failure {
    fn from(unknown: Unknown) -> Self {
        Self::new(unknown.reason.as_str(), unknown.message)
    }
}
