use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Number;

/// A parameter the user must change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterError {
    /// The parameter as the user would write it; empty when a combination of several is wrong.
    #[serde(rename = "param", default, skip_serializing_if = "String::is_empty")]
    pub parameter: String,
    /// One sentence in lower case.
    pub message: String,
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// How a [`MetricSpec`]'s name becomes the metric's full name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Naming {
    /// `s<index>-` before it, and each of `/ . : % ( )` replaced by `-`.
    #[default]
    Standard,
    /// `s<index>-` before it, nothing replaced.
    Unsanitised,
    /// Used as it is.
    Verbatim,
}

/// What a target is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MetricType {
    /// The metric divided by the current number of replicas.
    #[default]
    AverageValue,
    /// The metric itself.
    Value,
}

/// One metric that a trigger yields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricSpec {
    /// The part of the name that the scaler decides, such as `redis-orders`.
    pub name: String,
    /// How `name` becomes the full name.
    #[serde(default)]
    pub naming: Naming,
    /// How much of the metric one replica should have (for [`MetricType::Value`]: the whole), in
    /// the metric's own unit.
    pub target: Number,
    /// Set only where the scaler admits one metric type whatever the user wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_type: Option<MetricType>,
    /// The trigger is active while the metric is strictly greater than this. `None`: the scaler
    /// states activity itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<Number>,
}

impl MetricSpec {
    /// The metric's full name for the trigger at position `index` of its object.
    pub fn full_name(&self, index: u32) -> String {
        match self.naming {
            Naming::Standard => {
                let name = self.name.replace(['/', '.', ':', '%', '(', ')'], "-");
                format!("s{index}-{name}")
            }
            Naming::Unsanitised => format!("s{index}-{}", self.name),
            Naming::Verbatim => self.name.clone(),
        }
    }
}

/// What a scaler found out from a trigger's parameters alone.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Checked {
    /// In the order in which polls report them. Empty when the source names its own metrics.
    pub metrics: Vec<MetricSpec>,
    /// Remarks for the user, one sentence each.
    #[serde(default)]
    pub notices: Vec<String>,
}

/// Why a value is not known. None of these ever means zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum UnknownReason {
    /// No connection: name not found, refused, reset, no route.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// The TLS handshake failed.
    TlsFailed,
    /// The source does not accept the credentials.
    Unauthenticated,
    /// The source knows who asks and does not allow it.
    Forbidden,
    /// What was asked for does not exist, and the source does not take that for empty.
    NotFound,
    /// The source cannot serve the request as it stands.
    Rejected,
    /// The source cannot serve now.
    Unavailable,
    /// The source asked to be asked less often.
    RateLimited,
    /// The answer could not be understood.
    Malformed,
    /// The place asked is not among the trigger's grants.
    Denied,
    /// The component crashed (a trap). Said by the host alone.
    Crashed,
    /// The component used more CPU time or memory than it may. Said by the host alone.
    LimitExceeded,
    /// The component cannot be loaded or does not fit the contract. Said by the host alone.
    Unloadable,
    /// None of the above.
    Other,
}

impl UnknownReason {
    /// Fixed PascalCase word for conditions, events and metric labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "Unreachable",
            Self::TimedOut => "TimedOut",
            Self::TlsFailed => "TlsFailed",
            Self::Unauthenticated => "Unauthenticated",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "NotFound",
            Self::Rejected => "Rejected",
            Self::Unavailable => "Unavailable",
            Self::RateLimited => "RateLimited",
            Self::Malformed => "Malformed",
            Self::Denied => "Denied",
            Self::Crashed => "Crashed",
            Self::LimitExceeded => "LimitExceeded",
            Self::Unloadable => "Unloadable",
            Self::Other => "Other",
        }
    }
}

impl fmt::Display for UnknownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A value that is not known, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}: {message}")]
pub struct Unknown {
    /// The class of the failure.
    pub reason: UnknownReason,
    /// One sentence in lower case with the place asked and the error; never a secret.
    pub message: String,
}

impl Unknown {
    /// An unknown value with its reason and one sentence about it.
    pub fn new(reason: UnknownReason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }
}

/// The value of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// [`MetricSpec::name`].
    pub name: String,
    /// The value, always finite and never negative once it has passed the host.
    pub value: Result<Number, Unknown>,
}

/// One look at a source.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// One for each metric.
    pub samples: Vec<Sample>,
    /// Activity as the scaler states it. `None`: compare each sample with its metric's
    /// activation threshold.
    pub active: Option<bool>,
}

/// What became of asking a source.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It answered.
    Reading(Reading),
    /// The source's fault, the network's or the component's: it may pass by itself.
    Unknown(Unknown),
    /// The user's fault: it will not pass until a parameter changes.
    Config(Vec<ParameterError>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str, naming: Naming) -> MetricSpec {
        MetricSpec {
            name: name.into(),
            naming,
            target: Number::Whole(5),
            fixed_type: None,
            activation: None,
        }
    }

    #[test]
    fn a_standard_name_replaces_exactly_six_characters() {
        let name = spec("redis-a/b.c:d%e(f)g,h i_j", Naming::Standard).full_name(3);
        assert_eq!(name, "s3-redis-a-b-c-d-e-f-g,h i_j");
    }

    #[test]
    fn other_names_keep_their_characters() {
        assert_eq!(spec("a/b", Naming::Unsanitised).full_name(0), "s0-a/b");
        assert_eq!(spec("a@b:c", Naming::Verbatim).full_name(0), "a@b:c");
    }
}
