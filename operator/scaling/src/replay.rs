use runtime_types::{MetricType, Number};

use crate::spec::ScalingSpec;
use crate::{
    External, Failure, Home, Inputs, MetricInput, Millis, Plan, PlanError, Replicas, State, Tick,
    TriggerInput, TriggerKind,
};

/// What is known beforehand of a recorded metric.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayMetric {
    /// The trigger's name, for formulas; may be empty.
    pub trigger: String,
    /// The metric's full name.
    pub full_name: String,
    /// Its target.
    pub target: Number,
    /// What the target is compared with.
    pub metric_type: MetricType,
    /// Active above this.
    pub activation: Option<Number>,
}

/// One moment of a recording: a value for each metric, in the same order.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayPoint {
    /// When.
    pub at: Millis,
    /// The values, or why there were none.
    pub samples: Vec<Result<Number, Failure>>,
}

/// What [`replay`] is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The metrics.
    pub metrics: Vec<ReplayMetric>,
    /// The moments, in order of time.
    pub points: Vec<ReplayPoint>,
    /// Replicas before the first.
    pub replicas: u32,
}

/// The replicas after each moment of a recording, had `spec` been in force: each moment is a poll
/// and a sync, and the target follows at once.
///
/// # Errors
/// When nothing can be decided by `spec`.
pub fn replay(spec: &ScalingSpec, recording: &Recording) -> Result<Vec<u32>, PlanError> {
    let names = recording.metrics.iter().map(|m| m.trigger.as_str());
    let plan = Plan::new(spec.clone(), Home::Builtin, names)?;
    let created_at = recording
        .points
        .first()
        .map_or_else(Millis::default, |p| p.at);
    let mut state = State::default();
    let mut replicas = recording.replicas;
    let after = recording.points.iter().map(|point| {
        let inputs = Inputs {
            now: point.at,
            created_at,
            tick: Tick::PollAndSync,
            replicas: Ok(Replicas::settled(replicas)),
            triggers: triggers(&recording.metrics, point),
            target: "replay".into(),
        };
        let step = plan.step(&state, &inputs);
        replicas = step.action.map_or(replicas, |action| action.to);
        state = step.state;
        replicas
    });
    Ok(after.collect())
}

fn triggers(metrics: &[ReplayMetric], point: &ReplayPoint) -> Vec<TriggerInput> {
    let missing = || Err(Failure::new("NotRecorded", "the recording has no value"));
    let triggers = metrics.iter().enumerate().map(|(i, metric)| TriggerInput {
        index: u32::try_from(i).unwrap_or(u32::MAX),
        name: metric.trigger.clone(),
        trigger_type: "recorded".into(),
        kind: TriggerKind::External(External {
            metrics: vec![MetricInput {
                full_name: metric.full_name.clone(),
                target: metric.target,
                metric_type: metric.metric_type,
                activation: metric.activation,
                sample: point.samples.get(i).cloned().unwrap_or_else(missing),
            }],
            ..External::default()
        }),
    });
    triggers.collect()
}
