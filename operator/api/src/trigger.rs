use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One entry of `spec.triggers`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScaleTrigger {
    /// Trigger type such as `redis`; case-sensitive.
    #[serde(rename = "type")]
    #[schemars(length(min = 1))]
    pub trigger_type: String,
    /// Name in formulas and metric labels; unique in its object when given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Metric requests are answered from the last poll alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub use_cached_metrics: bool,
    /// The scaler's parameters; each value is a string.
    pub metadata: BTreeMap<String, String>,
    /// Where secrets come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication_ref: Option<AuthenticationRef>,
    /// `AverageValue` (also when left out) or `Value`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_type: Option<String>,
}

/// Names the authentication of a trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthenticationRef {
    /// Its name.
    pub name: String,
    /// Its kind; `TriggerAuthentication` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AuthenticationKind>,
}

/// Kinds of authentication objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AuthenticationKind {
    /// In the namespace of the object that refers to it.
    TriggerAuthentication,
    /// For all namespaces.
    ClusterTriggerAuthentication,
}
