//! What `/api/v1/objects` answers, as a program of somebody else would read it: these types are the
//! tests' own, so that a field that changes its name is noticed.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// All that a running penstock tells.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct World {
    /// Version of the program.
    pub version: String,
    /// Scaled objects.
    pub objects: Vec<Object>,
    /// Processes.
    pub processes: Vec<ProcessSet>,
    /// What is wrong with the files.
    pub findings: Vec<String>,
}

/// One scaled object.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // As the API documents them.
pub struct Object {
    pub namespace: String,
    pub name: String,
    pub target: String,
    pub dry_run: bool,
    pub place: String,
    pub error: Option<Failure>,
    pub notices: Vec<String>,
    pub conditions: Vec<Condition>,
    pub triggers: Vec<Trigger>,
    pub replicas: Option<u32>,
    pub ready_replicas: Option<u32>,
    pub wanted: Option<u32>,
    pub last_error: Option<ErrorAt>,
    pub decisions: Vec<Decision>,
    pub counters: Counters,
}

/// Reason and sentence.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct Failure {
    pub reason: String,
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.message)
    }
}

/// A failure and its time in milliseconds.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct ErrorAt {
    pub at: Value,
    pub reason: String,
    pub message: String,
}

/// A condition as Kubernetes has them.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct Condition {
    #[serde(rename = "type")]
    pub kind: String,
    pub status: String,
    pub reason: String,
    pub message: String,
}

/// One trigger.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Trigger {
    pub index: u32,
    pub name: String,
    #[serde(rename = "type")]
    pub trigger_type: String,
    pub metrics: Vec<Metric>,
    pub failure: Option<Failure>,
}

/// One metric: a value, or why there is none.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct Metric {
    pub name: String,
    #[serde(default)]
    pub value: Option<f64>,
    #[serde(default)]
    pub unknown: Option<Failure>,
    pub target: f64,
}

/// One decision: its line, its numbers, and the whole for what a test wants to know beside them.
#[derive(Clone, Deserialize)]
#[serde(from = "Value")]
#[allow(missing_docs)]
pub struct Decision {
    pub summary: String,
    pub from: Option<u64>,
    pub to: Option<u64>,
    pub cause: String,
    pub whole: Value,
}

/// Its line: the whole, twenty times over, would bury what a failed test has to say.
impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.cause, self.summary)
    }
}

impl From<Value> for Decision {
    fn from(whole: Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        Self {
            summary: text(&whole["summary"]),
            from: whole["decision"]["from"].as_u64(),
            to: whole["decision"]["to"].as_u64(),
            cause: text(&whole["decision"]["cause"]),
            whole,
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[allow(missing_docs)]
pub struct Counters {
    pub polls: u64,
    pub missed: u64,
    pub errors: u64,
    pub scalings: u64,
    pub panics: u64,
}

/// One Process and its replicas.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ProcessSet {
    pub namespace: String,
    pub name: String,
    pub wanted: u32,
    pub ready: u32,
    pub ending: u32,
    pub restarts: u32,
    pub pids: Vec<u32>,
    pub last_error: Option<String>,
}

impl World {
    /// The object of that name.
    pub fn object(&self, name: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.name == name)
    }

    /// The Process of that name.
    pub fn process(&self, name: &str) -> Option<&ProcessSet> {
        self.processes.iter().find(|process| process.name == name)
    }

    /// Running replicas of that Process; none where there is no such Process.
    pub fn ready(&self, process: &str) -> u32 {
        self.process(process).map_or(0, |process| process.ready)
    }
}

impl Object {
    /// Status and reason of a condition, such as `True FallbackExists`.
    pub fn condition(&self, kind: &str) -> String {
        let found = self.conditions.iter().find(|c| c.kind == kind);
        found.map_or_else(String::new, |c| format!("{} {}", c.status, c.reason))
    }

    /// The latest decision's line.
    pub fn summary(&self) -> &str {
        self.decisions
            .last()
            .map_or("", |decision| &decision.summary)
    }

    /// The latest decision's cause, such as `Held`.
    pub fn cause(&self) -> &str {
        self.decisions.last().map_or("", |decision| &decision.cause)
    }

    /// The value of the first metric of the first trigger.
    pub fn value(&self) -> Option<f64> {
        self.triggers.first()?.metrics.first()?.value
    }
}
