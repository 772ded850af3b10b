//! What is shown: by the API as JSON, in the table, by `status` and `explain`.

mod from_engine;
mod from_standalone;

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
    pub(crate) processes: Vec<ProcessView>,
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
    /// Where it is written: `file:line`.
    pub(crate) place: String,
    /// Its file is wrong now, and its last good state goes on.
    pub(crate) kept: bool,
    /// Why it cannot be run as it is written.
    pub(crate) error: Option<Failure>,
    /// What was missing when its triggers were last resolved, one sentence each.
    pub(crate) notices: Vec<String>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    pub(crate) polls: u64,
    pub(crate) missed: u64,
    pub(crate) errors: u64,
    pub(crate) scalings: u64,
    pub(crate) panics: u64,
}

/// One Process and its replicas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProcessView {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) wanted: u32,
    /// Running and not being ended.
    pub(crate) ready: u32,
    pub(crate) ending: u32,
    /// Times a replica ended without being asked.
    pub(crate) restarts: u32,
    pub(crate) pids: Vec<u32>,
    /// The latest reason for which a replica does not run.
    pub(crate) last_error: Option<String>,
}

impl World {
    /// What the user should know: of the files, then of the objects' triggers, one sentence each.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let objects = self.objects.iter().flat_map(ObjectView::remarks);
        self.findings.iter().cloned().chain(objects).collect()
    }

    /// Why replicas that are wanted do not run, one sentence a Process.
    pub(crate) fn troubles(&self) -> impl Iterator<Item = String> {
        self.processes.iter().filter_map(ProcessView::trouble)
    }

    /// The Process that the object scales.
    pub(crate) fn process_of(&self, object: &ObjectView) -> Option<&ProcessView> {
        let is_target = |process: &&ProcessView| {
            let key = format!(" {}/{}", process.namespace, process.name);
            object.target.ends_with(&key)
        };
        self.processes.iter().find(is_target)
    }
}

impl ProcessView {
    /// Why replicas that are wanted do not run.
    pub(crate) fn trouble(&self) -> Option<String> {
        let error = self.last_error.as_ref()?;
        Some(format!(
            "Process {}/{}: {} of {} replicas run; {error}, {} restarts",
            self.namespace, self.name, self.ready, self.wanted, self.restarts
        ))
    }
}

impl ObjectView {
    /// What the user should know of its triggers, one sentence each.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let notices = self.notices.iter();
        let resolving = notices.map(|text| format!("{}: {text}", self.key()));
        let kept = self.kept.then(|| {
            let key = self.key();
            format!("{key}: its file is wrong now, its last good state goes on")
        });
        let notices = resolving.chain(self.remarks_of_scalers());
        kept.into_iter().chain(notices).collect()
    }

    /// Those of them that came from the scalers.
    pub(crate) fn remarks_of_scalers(&self) -> impl Iterator<Item = String> {
        self.triggers.iter().flat_map(move |trigger| {
            let (index, of) = (trigger.index, &trigger.trigger_type);
            let notices = trigger.notices.iter();
            notices.map(move |text| format!("{}: trigger {index} ({of}): {text}", self.key()))
        })
    }

    /// The condition of that kind.
    pub(crate) fn condition(&self, kind: ConditionKind) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.kind == kind)
    }

    /// Whether it can be scaled.
    pub(crate) fn is_ready(&self) -> bool {
        self.error.is_none()
            && self
                .condition(ConditionKind::Ready)
                .is_some_and(|c| c.status == ConditionStatus::True)
    }

    /// `namespace/name`.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}
