use serde::{Deserialize, Serialize};

/// What to assume about a source that keeps failing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fallback {
    /// It takes effect when failures in a row *exceed* this.
    pub failure_threshold: u32,
    /// The replicas to assume.
    pub replicas: u32,
    /// How `replicas` is used.
    #[serde(default)]
    pub behavior: FallbackBehavior,
}

/// How a fallback's replicas are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FallbackBehavior {
    /// As they are.
    #[default]
    Static,
    /// Not: the present number stays.
    CurrentReplicas,
    /// The present number when it is higher.
    CurrentReplicasIfHigher,
    /// The present number when it is lower.
    CurrentReplicasIfLower,
    /// The formula sees `nil` for the failing trigger and decides with `??`; the replicas count
    /// only when the formula's result is `nil`.
    ScalingModifiers,
}

impl Fallback {
    /// The replicas to assume while the target has `current`. [`FallbackBehavior::ScalingModifiers`]
    /// has none of its own: the formula decides.
    pub fn assumed(&self, current: u32) -> Option<u32> {
        match self.behavior {
            FallbackBehavior::Static => Some(self.replicas),
            FallbackBehavior::CurrentReplicas => Some(current),
            FallbackBehavior::CurrentReplicasIfHigher => Some(current.max(self.replicas)),
            FallbackBehavior::CurrentReplicasIfLower => Some(current.min(self.replicas)),
            FallbackBehavior::ScalingModifiers => None,
        }
    }
}
