//! From the engine's snapshots to what is shown.

use std::fmt::Display;

use operator_engine::{Counters, MetricSnapshot, Snapshot, TriggerSnapshot};
use operator_scaling::Explanation;

use super::{Counts, ErrorView, MetricView, ObjectView, TriggerView};

impl ObjectView {
    /// An object that is not run.
    pub(crate) fn unknown(namespace: &str, name: &str, target: &dyn Display) -> Self {
        Self {
            namespace: namespace.to_string(),
            name: name.to_string(),
            target: target.to_string(),
            dry_run: false,
            place: String::new(),
            kept: false,
            error: None,
            notices: vec![],
            conditions: vec![],
            triggers: vec![],
            replicas: None,
            ready_replicas: None,
            wanted: None,
            last_error: None,
            decisions: vec![],
            counters: Counts::default(),
        }
    }
}

impl From<&Snapshot> for ObjectView {
    fn from(snapshot: &Snapshot) -> Self {
        let key = &snapshot.key;
        let last_error = snapshot.last_error.as_ref();
        Self {
            dry_run: snapshot.dry_run,
            conditions: snapshot.conditions.values().cloned().collect(),
            triggers: triggers(snapshot),
            replicas: snapshot.replicas,
            ready_replicas: snapshot.ready,
            wanted: snapshot.wanted,
            last_error: last_error.map(|error| ErrorView {
                at: error.at,
                failure: error.failure.clone(),
            }),
            decisions: decisions(snapshot),
            counters: Counts::from(snapshot.counters),
            ..Self::unknown(&key.namespace, &key.name, &snapshot.target)
        }
    }
}

fn triggers(snapshot: &Snapshot) -> Vec<TriggerView> {
    snapshot.triggers.iter().map(TriggerView::from).collect()
}

fn decisions(snapshot: &Snapshot) -> Vec<Explanation> {
    let decisions = snapshot.decisions.iter();
    decisions.map(|d| Explanation::clone(d)).collect()
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
            latency_seconds: trigger.latency.map(|latency| latency.as_secs_f64()),
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
