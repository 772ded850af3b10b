use runtime_types::MetricType;
use serde::{Deserialize, Serialize};

/// `scalingModifiers`: one composite metric computed from the triggers' values. Texts as the user
/// wrote them, empty when left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Modifiers {
    /// The formula over the triggers' names.
    pub formula: String,
    /// The composite metric's target, a number above zero.
    pub target: String,
    /// The object is active while the composite metric is above this; empty: 0.
    pub activation_target: String,
    /// What the target is compared with.
    pub metric_type: MetricType,
}
