//! From what runs to what is shown.

use operator_engine::{Counters, MetricSnapshot, Snapshot, TriggerSnapshot};
use operator_scaling::{Explanation, Failure};
use operator_standalone::run;

use super::{Counts, ErrorView, MetricView, ObjectView, ProcessView, TriggerView, World};

impl From<run::View> for World {
    fn from(view: run::View) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_string(),
            objects: view.objects.iter().map(ObjectView::from).collect(),
            processes: view.processes.iter().map(ProcessView::from).collect(),
            findings: view.findings.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&run::ObjectView> for ObjectView {
    fn from(object: &run::ObjectView) -> Self {
        let snapshot = object.snapshot.as_deref();
        let error = object.error.as_ref();
        let notices = object.notices.iter();
        Self {
            namespace: object.key.namespace.clone(),
            name: object.key.name.clone(),
            target: match snapshot {
                Some(snapshot) => snapshot.target.clone(),
                None => object.target.to_string(),
            },
            dry_run: snapshot.is_some_and(|s| s.dry_run),
            place: format!("{}:{}", object.file.display(), object.line),
            kept: object.kept,
            error: error.map(|(reason, text)| Failure::new(*reason, text.clone())),
            notices: notices
                .map(|(index, _, text)| format!("trigger {index}: {text}"))
                .collect(),
            conditions: snapshot
                .map_or_else(Vec::new, |s| s.conditions.values().cloned().collect()),
            triggers: snapshot.map_or_else(Vec::new, triggers),
            replicas: snapshot.and_then(|s| s.replicas),
            ready_replicas: snapshot.and_then(|s| s.ready),
            wanted: snapshot.and_then(|s| s.wanted),
            last_error: snapshot
                .and_then(|s| s.last_error.as_ref())
                .map(|error| ErrorView {
                    at: error.at,
                    failure: error.failure.clone(),
                }),
            decisions: snapshot.map_or_else(Vec::new, decisions),
            counters: snapshot
                .map(|s| Counts::from(s.counters))
                .unwrap_or_default(),
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

impl From<&run::ProcessView> for ProcessView {
    fn from(process: &run::ProcessView) -> Self {
        let status = &process.status;
        Self {
            namespace: process.key.namespace.clone(),
            name: process.key.name.clone(),
            wanted: status.wanted,
            ready: status.ready,
            ending: status.ending,
            restarts: status.replicas.iter().map(|r| r.restarts).sum(),
            pids: status.replicas.iter().filter_map(|r| r.pid).collect(),
            last_error: status.last_error().map(ToString::to_string),
        }
    }
}
