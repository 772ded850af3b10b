//! Why a tick ended as it did.

use std::collections::BTreeMap;
use std::time::Duration;

use runtime_types::{MetricType, Number};
use serde::{Deserialize, Serialize};

use crate::hpa::Verdict;
use crate::input::{Failure, Replicas, Tick};
use crate::spec::FallbackBehavior;
use crate::{Milli, Millis};

/// Why a tick ended as it did: data for machines, and one line for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// When.
    pub at: Millis,
    /// What the tick was for.
    pub tick: Tick,
    /// The replicas found, unless they could not be read.
    pub replicas: Option<Replicas>,
    /// Each trigger with its metrics.
    pub triggers: Vec<TriggerExplanation>,
    /// The formula with its inputs and result.
    pub formula: Option<FormulaExplanation>,
    /// How 0 or 1 was decided, on polls.
    pub activation: Option<ActivationExplanation>,
    /// How 1..n was decided, by the built-in autoscaler.
    pub horizontal: Option<Verdict>,
    /// What came of it.
    pub decision: Decision,
    /// One line for people.
    pub summary: String,
}

/// What one trigger said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TriggerExplanation {
    /// Position in the object's list.
    pub index: u32,
    /// Its name, or empty.
    pub name: String,
    /// Its type.
    pub trigger_type: String,
    /// Whether it is active; `None` for cpu and memory, which never decide that.
    pub active: Option<bool>,
    /// Its metrics.
    pub metrics: Vec<MetricExplanation>,
    /// Why nothing is known of it.
    pub failure: Option<Failure>,
}

/// What one metric said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricExplanation {
    /// Its full name.
    pub name: String,
    /// The value as the source gave it.
    pub value: Option<Number>,
    /// The target.
    pub target: Number,
    /// What the target is compared with.
    pub metric_type: MetricType,
    /// Active above this.
    pub activation: Option<Number>,
    /// Why there is no value.
    pub failure: Option<Failure>,
    /// Failures in a row, where fallback counts them.
    pub failures: u32,
    /// What stands for the value.
    pub fallback: Option<FallbackExplanation>,
}

/// A value that a fallback made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FallbackExplanation {
    /// By which rule.
    pub behavior: FallbackBehavior,
    /// Replicas assumed; `None` when the formula decides.
    pub replicas: Option<u32>,
    /// The value made of them; `None` when the formula sees `nil`.
    pub value: Option<Milli>,
}

/// A formula with its inputs and result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormulaExplanation {
    /// As the user wrote it.
    pub text: String,
    /// Each trigger's value; `None` is `nil`.
    pub variables: BTreeMap<String, Option<f64>>,
    /// The composite metric.
    pub value: Option<Milli>,
    /// Why there is none.
    pub failure: Option<Failure>,
    /// The value is the fallback's, the formula was not asked.
    pub bypassed: bool,
}

/// How 0 or 1 was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivationExplanation {
    /// Some trigger is active, or activity is forced.
    pub active: bool,
    /// An annotation forces it.
    pub forced: bool,
    /// Some trigger failed.
    pub error: bool,
    /// The metrics of active triggers.
    pub active_metrics: Vec<String>,
    /// What was left of the cooldown.
    pub cooldown_left: Option<Duration>,
    /// The rule that decided, for people.
    pub rule: String,
}

/// What came of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Replicas before.
    pub from: Option<u32>,
    /// Replicas wanted; the same as before when nothing changes.
    pub to: Option<u32>,
    /// Why they differ, or do not.
    pub cause: Cause,
}

/// Why a number of replicas changes or stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// From zero or idle, since something is active.
    Activated,
    /// To zero or idle, since nothing has been active for the cooldown.
    Deactivated,
    /// Inactive and below the minimum.
    RaisedToMinimum,
    /// 1..n.
    Horizontal,
    /// Paused at a number.
    Paused,
    /// Something is not known, so nothing is taken away.
    Held,
    /// As it should be.
    Unchanged,
}
