use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use operator_scaling::{
    Condition, ConditionKind, Explanation, Failure, Home, MetricValue, Millis, State,
    explanation::Decision,
};
use runtime_types::{MetricType, Number};
use serde::{Serialize, Serializer};

use crate::object::{ObjectKey, ObjectSpec};

/// How many decisions a snapshot keeps.
pub const KEPT_DECISIONS: usize = 20;

/// One object as it stands. Published as a whole after each tick; never changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Which.
    pub key: ObjectKey,
    /// Its identity.
    pub uid: String,
    /// The target for people.
    pub target: String,
    /// Who scales 1..n.
    pub home: Home,
    /// Nothing is touched.
    pub dry_run: bool,
    /// The process that acts on it, when that is another.
    pub peer: Option<String>,
    /// Its triggers in order.
    pub triggers: Vec<TriggerSnapshot>,
    /// Replicas found by the last tick.
    pub replicas: Option<u32>,
    /// Ready replicas found by the last tick.
    pub ready: Option<u32>,
    /// Replicas wanted after the last tick.
    pub wanted: Option<u32>,
    /// Conditions by kind.
    pub conditions: BTreeMap<ConditionKind, Condition>,
    /// The latest failure, whether it has passed or not.
    pub last_error: Option<TimedFailure>,
    /// The latest decisions with their reasons, oldest first, at most [`KEPT_DECISIONS`]. Of those in a
    /// row that changed nothing, for one cause, only the latest.
    #[serde(serialize_with = "plain")]
    pub decisions: VecDeque<Arc<Explanation>>,
    /// What an autoscaler is told, after fallback and formula.
    pub metrics: Vec<MetricValue>,
    /// When these metrics were asked for.
    pub measured_at: Option<Millis>,
    /// How much later than it was due the last poll started; `None` before the first.
    pub late: Option<Duration>,
    /// What was counted since the object was first applied here.
    pub counters: Counters,
    /// What the decisions remember: last activity, health, windows.
    pub state: State,
}

/// A failure and when it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimedFailure {
    /// When.
    pub at: Millis,
    /// What.
    pub failure: Failure,
}

/// What is counted of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Polls (activation decided).
    pub polls: u64,
    /// Looks at the sources between polls, for the built-in or the cluster's autoscaler.
    pub refreshes: u64,
    /// Polls that started later than one interval after they were due.
    pub missed: u64,
    /// Failures: of triggers, of the target, of the store.
    pub errors: u64,
    /// Changes of replicas that were carried out.
    pub scalings: u64,
    /// Times its task crashed and was started again.
    pub panics: u64,
}

/// One trigger as its last asking left it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TriggerSnapshot {
    /// Position in the object's list.
    pub index: u32,
    /// Its name, or empty.
    pub name: String,
    /// Its type.
    pub trigger_type: String,
    /// Its metrics.
    pub metrics: Vec<MetricSnapshot>,
    /// Why nothing is known of it.
    pub failure: Option<Failure>,
    /// Remarks of the scaler for the user.
    pub notices: Vec<String>,
    /// When it was asked.
    pub asked_at: Option<Millis>,
    /// How long the (last) call took.
    pub latency: Option<Duration>,
}

/// One metric as its last asking left it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricSnapshot {
    /// Its full name.
    pub name: String,
    /// Its value as the source gave it, or why there is none.
    pub value: Result<Number, Failure>,
    /// Its target.
    pub target: Number,
    /// What the target is compared with.
    pub metric_type: MetricType,
    /// Active above this.
    pub activation: Option<Number>,
}

impl Snapshot {
    pub(crate) fn new(object: &ObjectSpec, dry_run: bool) -> Self {
        Self {
            target: object.target_text.clone(),
            home: object.home,
            dry_run: dry_run || object.dry_run,
            ..Self::empty(object.key.clone(), object.uid.clone())
        }
    }

    /// An object of which nothing is known yet.
    pub fn empty(key: ObjectKey, uid: impl Into<String>) -> Self {
        Self {
            key,
            uid: uid.into(),
            target: String::new(),
            home: Home::Cluster,
            dry_run: false,
            peer: None,
            triggers: vec![],
            replicas: None,
            ready: None,
            wanted: None,
            conditions: BTreeMap::new(),
            last_error: None,
            decisions: VecDeque::new(),
            metrics: vec![],
            measured_at: None,
            late: None,
            counters: Counters::default(),
            state: State::default(),
        }
    }

    /// The condition of that kind.
    pub fn condition(&self, kind: ConditionKind) -> Option<&Condition> {
        self.conditions.get(&kind)
    }

    /// The latest decision.
    pub fn decision(&self) -> Option<&Explanation> {
        self.decisions.back().map(Arc::as_ref)
    }

    pub(crate) fn set_condition(&mut self, condition: Condition) {
        self.conditions.insert(condition.kind, condition);
    }

    pub(crate) fn fail(&mut self, at: Millis, failure: Failure) {
        self.counters.errors += 1;
        self.last_error = Some(TimedFailure { at, failure });
    }

    pub(crate) fn decided(&mut self, explanation: Explanation) {
        // A long time of nothing is one entry, the latest: what changed something stays to be seen.
        let last = self.decisions.back().map(|last| last.decision);
        if last.is_some_and(|last| changes_nothing(last) && last == explanation.decision) {
            self.decisions.pop_back();
        }
        if self.decisions.len() == KEPT_DECISIONS {
            self.decisions.pop_front();
        }
        self.decisions.push_back(Arc::new(explanation));
    }
}

fn changes_nothing(decision: Decision) -> bool {
    decision.from == decision.to
}

/// Decisions as if they were not shared.
fn plain<S: Serializer>(decisions: &VecDeque<Arc<Explanation>>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(decisions.iter().map(Arc::as_ref))
}
