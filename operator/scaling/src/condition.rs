use serde::{Deserialize, Serialize};

/// One condition of an object's status. Reasons and messages are KEDA's, word for word: people
/// and their tools look for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Which.
    #[serde(rename = "type")]
    pub kind: ConditionKind,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Fixed PascalCase word.
    pub reason: String,
    /// One sentence.
    pub message: String,
}

/// The conditions that decisions set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ConditionKind {
    /// The object can be scaled.
    Ready,
    /// Some trigger is active.
    Active,
    /// Some metric is replaced by the fallback.
    Fallback,
    /// The object is paused.
    Paused,
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It cannot be told.
    Unknown,
}

impl Condition {
    /// A condition of `kind`.
    pub fn new(
        kind: ConditionKind,
        status: ConditionStatus,
        reason: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            status,
            reason: reason.into(),
            message: message.into(),
        }
    }

    pub(crate) fn ready() -> Self {
        let message = "ScaledObject is defined correctly and is ready for scaling";
        Self::new(
            ConditionKind::Ready,
            ConditionStatus::True,
            "ScaledObjectReady",
            message,
        )
    }

    pub(crate) fn fallback(exists: bool) -> Self {
        let (status, reason, message) = if exists {
            let message = "At least one trigger is falling back on this scaled object";
            (ConditionStatus::True, "FallbackExists", message)
        } else {
            let message = "No fallbacks are active on this scaled object";
            (ConditionStatus::False, "NoFallbackFound", message)
        };
        Self::new(ConditionKind::Fallback, status, reason, message)
    }
}

/// An event to record on the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// A warning rather than normal.
    pub warning: bool,
    /// Fixed word, such as `KEDAScaleTargetActivated`.
    pub reason: String,
    /// One sentence.
    pub message: String,
}

impl Event {
    pub(crate) fn normal(reason: &str, message: impl Into<String>) -> Self {
        Self {
            warning: false,
            reason: reason.into(),
            message: message.into(),
        }
    }

    pub(crate) fn warning(reason: &str, message: impl Into<String>) -> Self {
        Self {
            warning: true,
            ..Self::normal(reason, message)
        }
    }
}
