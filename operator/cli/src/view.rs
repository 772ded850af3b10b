//! One object as it is shown: by the API as JSON, in the table, by `status` and `explain`.

use std::time::Duration;

use operator_engine::{Counters, MetricSnapshot, Snapshot, TriggerSnapshot};
use operator_scaling::{Condition, ConditionKind, ConditionStatus, Explanation, Failure, Millis};
use runtime_types::{MetricType, Number};
use serde::{Deserialize, Serialize};

/// All that a running penstock tells of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct World {
    /// Version of the program.
    pub(crate) version: String,
    pub(crate) objects: Vec<ObjectView>,
    /// What is wrong with the manifests, one sentence each with its place.
    pub(crate) findings: Vec<String>,
}

/// One scaled object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectView {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) dry_run: bool,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) triggers: Vec<TriggerView>,
    /// Replicas found, ready, and wanted by the last tick.
    pub(crate) replicas: Option<u32>,
    pub(crate) ready_replicas: Option<u32>,
    pub(crate) wanted: Option<u32>,
    pub(crate) last_error: Option<ErrorView>,
    /// Newest last.
    pub(crate) decisions: Vec<Explanation>,
    pub(crate) counters: Counts,
}

/// A failure and when it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ErrorView {
    pub(crate) at: Millis,
    #[serde(flatten)]
    pub(crate) failure: Failure,
}

/// One trigger as its last asking left it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TriggerView {
    pub(crate) index: u32,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) trigger_type: String,
    pub(crate) metrics: Vec<MetricView>,
    pub(crate) failure: Option<Failure>,
    pub(crate) notices: Vec<String>,
    pub(crate) asked_at: Option<Millis>,
    pub(crate) latency_seconds: Option<f64>,
}

/// One metric: `value`, or `unknown` and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetricView {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) value: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) unknown: Option<Failure>,
    pub(crate) target: Number,
    pub(crate) metric_type: MetricType,
    pub(crate) activation: Option<Number>,
}

/// What is counted of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    pub(crate) polls: u64,
    pub(crate) missed: u64,
    pub(crate) errors: u64,
    pub(crate) scalings: u64,
    pub(crate) panics: u64,
}

impl From<&Snapshot> for ObjectView {
    fn from(snapshot: &Snapshot) -> Self {
        Self {
            namespace: snapshot.key.namespace.clone(),
            name: snapshot.key.name.clone(),
            target: snapshot.target.clone(),
            dry_run: snapshot.dry_run,
            conditions: snapshot.conditions.values().cloned().collect(),
            triggers: snapshot.triggers.iter().map(TriggerView::from).collect(),
            replicas: snapshot.replicas,
            ready_replicas: snapshot.ready,
            wanted: snapshot.wanted,
            last_error: snapshot.last_error.as_ref().map(|error| ErrorView {
                at: error.at,
                failure: error.failure.clone(),
            }),
            decisions: snapshot
                .decisions
                .iter()
                .map(|decision| Explanation::clone(decision))
                .collect(),
            counters: Counts::from(snapshot.counters),
        }
    }
}

impl From<&TriggerSnapshot> for TriggerView {
    fn from(trigger: &TriggerSnapshot) -> Self {
        Self {
            index: trigger.index,
            name: trigger.name.clone(),
            trigger_type: trigger.trigger_type.clone(),
            metrics: trigger.metrics.iter().map(MetricView::from).collect(),
            failure: trigger.failure.clone(),
            notices: trigger.notices.clone(),
            asked_at: trigger.asked_at,
            latency_seconds: trigger.latency.map(|latency: Duration| latency.as_secs_f64()),
        }
    }
}

impl From<&MetricSnapshot> for MetricView {
    fn from(metric: &MetricSnapshot) -> Self {
        Self {
            name: metric.name.clone(),
            value: metric.value.as_ref().ok().copied(),
            unknown: metric.value.as_ref().err().cloned(),
            target: metric.target,
            metric_type: metric.metric_type,
            activation: metric.activation,
        }
    }
}

impl From<Counters> for Counts {
    fn from(counters: Counters) -> Self {
        Self {
            polls: counters.polls,
            missed: counters.missed,
            errors: counters.errors,
            scalings: counters.scalings,
            panics: counters.panics,
        }
    }
}

impl ObjectView {
    /// The condition of that kind.
    pub(crate) fn condition(&self, kind: ConditionKind) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.kind == kind)
    }

    /// Whether it can be scaled.
    pub(crate) fn is_ready(&self) -> bool {
        self.condition(ConditionKind::Ready)
            .is_some_and(|c| c.status == ConditionStatus::True)
    }

    /// `namespace/name`.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}
