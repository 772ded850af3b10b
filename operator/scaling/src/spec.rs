//! What the user asked for, as plain values. The API crates convert their own types into these.

mod behavior;
mod bounds;
mod fallback;
mod modifiers;
mod pause;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use behavior::{Behavior, Policy, PolicyKind, Rules, SelectPolicy};
pub(crate) use behavior::{
    DEFAULT_DOWN, DEFAULT_DOWN_WINDOW, DEFAULT_PERIOD_SECONDS, DEFAULT_TOLERANCE, DEFAULT_UP,
};
pub use bounds::BoundsError;
pub use fallback::{Fallback, FallbackBehavior};
pub use modifiers::Modifiers;
pub use pause::{FullPause, Pause};

/// `maxReplicaCount` when the user gives none.
pub const DEFAULT_MAX_REPLICAS: u32 = 100;

/// How one object is to be scaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScalingSpec {
    /// `minReplicaCount`; unset: 0 for activation, 1 while scaling 1..n.
    pub min_replicas: Option<u32>,
    /// `maxReplicaCount`; unset: [`DEFAULT_MAX_REPLICAS`].
    pub max_replicas: Option<u32>,
    /// `idleReplicaCount`: replicas while no trigger is active, below the minimum.
    pub idle_replicas: Option<u32>,
    /// How often the triggers are asked.
    pub polling_interval: Duration,
    /// How long after the last activity the target goes to zero (or idle).
    pub cooldown: Duration,
    /// The same for an object that was never active, counted from its creation.
    pub initial_cooldown: Duration,
    /// What to assume when a source keeps failing.
    pub fallback: Option<Fallback>,
    /// `scalingModifiers`; set when any of its fields is.
    pub modifiers: Option<Modifiers>,
    /// The autoscaler's behaviour; unset is not the same as empty, see [`Behavior`].
    pub behavior: Option<Behavior>,
    /// What the pause annotations say.
    pub pause: Pause,
}

impl Default for ScalingSpec {
    fn default() -> Self {
        Self {
            min_replicas: None,
            max_replicas: None,
            idle_replicas: None,
            polling_interval: Duration::from_secs(30),
            cooldown: Duration::from_secs(300),
            initial_cooldown: Duration::ZERO,
            fallback: None,
            modifiers: None,
            behavior: None,
            pause: Pause::default(),
        }
    }
}

impl ScalingSpec {
    /// The least number of replicas while scaling 1..n: the minimum, but never 0.
    pub fn horizontal_min(&self) -> u32 {
        self.min_replicas.unwrap_or(0).max(1)
    }

    /// The greatest number of replicas.
    pub fn horizontal_max(&self) -> u32 {
        self.max_replicas.unwrap_or(DEFAULT_MAX_REPLICAS)
    }

    /// The fallback, unless it is one that KEDA silently ignores: with modifiers, their target
    /// must be a whole number above zero.
    pub fn valid_fallback(&self) -> Option<&Fallback> {
        let usable = self
            .modifiers
            .as_ref()
            .is_none_or(|m| m.target.parse::<i64>().is_ok_and(|target| target > 0));
        self.fallback.as_ref().filter(|_| usable)
    }
}
