use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use operator_scaling::spec::ScalingSpec;
use operator_scaling::{Home, Millis, ResourceTarget};
use runtime_types::MetricType;
use serde::{Deserialize, Serialize};

use crate::port::{ResourceMeter, ScaleTarget, TriggerSource};

/// Which object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl ObjectKey {
    /// The key of `name` in `namespace`.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }
}

/// `namespace/name`.
impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// One scaled object as it is to be run.
#[derive(Clone)]
pub struct ObjectSpec {
    /// Which.
    pub key: ObjectKey,
    /// Its identity: another one under the same key is another object.
    pub uid: String,
    /// Counts up with each edit (`metadata.generation`, or a digest of a file).
    pub generation: i64,
    /// When it was created.
    pub created_at: Millis,
    /// How it is to be scaled.
    pub spec: ScalingSpec,
    /// Its triggers in order.
    pub triggers: Vec<TriggerSpec>,
    /// What is scaled.
    pub target: Arc<dyn ScaleTarget>,
    /// The target for people, such as `apps/v1.Deployment shop/worker`.
    pub target_text: String,
    /// Who scales 1..n.
    pub home: Home,
    /// Decide and explain, but touch nothing.
    pub dry_run: bool,
}

impl ObjectSpec {
    /// Whether nothing was edited: a reconciler that runs for another reason changes nothing.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.uid == other.uid
            && self.generation == other.generation
            // Annotations pause without a new generation.
            && self.spec == other.spec
            && self.home == other.home
            && self.dry_run == other.dry_run
    }
}

/// One trigger of an object.
#[derive(Clone)]
pub struct TriggerSpec {
    /// Its type, such as `redis`.
    pub trigger_type: String,
    /// Its name, or empty.
    pub name: String,
    /// Position in the object's list, from 0.
    pub index: u32,
    /// The metric type the user asks for, unless the scaler admits only one.
    pub metric_type: MetricType,
    /// Ask the source on polls only; autoscalers get the poll's answer.
    pub use_cached_metrics: bool,
    /// Where it comes from.
    pub kind: TriggerSpecKind,
}

/// Where a trigger's values come from.
#[derive(Clone)]
pub enum TriggerSpecKind {
    /// An event source.
    Source(Arc<dyn TriggerSource>),
    /// Use of cpu or memory.
    Resource {
        /// What is aimed at.
        target: ResourceTarget,
        /// What measures it; `None` where the cluster's autoscaler does.
        meter: Option<Arc<dyn ResourceMeter>>,
    },
}

impl TriggerSpec {
    /// Whether it asks an event source.
    pub(crate) fn is_source(&self) -> bool {
        matches!(self.kind, TriggerSpecKind::Source(_))
    }
}

/// How the engine runs its objects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EngineConfig {
    /// Objects that are asked first at the same time, in a second; 0: any number. More of them that
    /// appear or are edited at once are spread, over at most one polling interval.
    pub starts_per_second: u32,
    /// Within which part of its interval a later poll is moved: 0 to 1. It keeps objects that started
    /// together from asking together for ever.
    pub jitter: f64,
    /// Intervals below this have no jitter: their users want the grid.
    pub jitter_from: Duration,
    /// Decide and explain all objects, but touch nothing.
    pub dry_run: bool,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            // A poll takes some 100 us of CPU time: a burst leaves most of a core to everything else.
            // 10,000 objects at KEDA's own interval of 30 s start within just one of them.
            starts_per_second: 333,
            jitter: 0.1,
            jitter_from: Duration::from_secs(10),
            dry_run: false,
        }
    }
}
