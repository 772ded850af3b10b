//! One tick: inputs in, a decision with its reasons out.

mod activation;
mod composite;
mod pause;
mod readings;
mod summary;

use serde::{Deserialize, Serialize};

use crate::explanation::{Cause, Decision, Explanation};
use crate::hpa::{Horizontal, HorizontalMetric, HorizontalTarget, HorizontalValue, Verdict};
use crate::spec::{Behavior, SelectPolicy};
use crate::{Condition, Event, Failure, Home, Inputs, Milli, Plan, Replicas, State};
use crate::{Resource, ResourceTarget, TriggerKind};
use composite::Composed;
use readings::Readings;
use runtime_types::{MetricType, Number};

/// The name of the metric that scaling modifiers compute.
pub const COMPOSITE_METRIC: &str = "composite-metric";

/// What a tick leads to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The state to go on with, given that the action (if any) succeeds.
    pub state: State,
    /// The state to go on with when it fails.
    pub state_if_failed: State,
    /// What is to be done, if anything.
    pub action: Option<Action>,
    /// The conditions that this tick decides; others stay as they are.
    pub conditions: Vec<Condition>,
    /// Events to record, whatever becomes of the action.
    pub events: Vec<Event>,
    /// What an autoscaler is to be told: values after fallback and formula.
    pub metrics: Vec<MetricValue>,
    /// Why.
    pub explanation: Explanation,
}

/// Replicas to be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Replicas found.
    pub from: u32,
    /// Replicas to have.
    pub to: u32,
    /// Why.
    pub cause: Cause,
    /// To be recorded when it succeeds.
    pub on_success: Option<Event>,
    /// To be recorded when it fails.
    pub on_failure: Option<Event>,
}

/// One metric as an autoscaler sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricValue {
    /// Its full name, or [`COMPOSITE_METRIC`].
    pub name: String,
    /// The value, or why there is none.
    pub value: Result<Milli, Failure>,
    /// The value is the fallback's.
    pub fallback: bool,
}

impl Plan {
    /// Decides one tick. Equal inputs and state give equal steps.
    pub fn step(&self, state: &State, inputs: &Inputs) -> Step {
        if let Some(full) = &self.spec.pause.full {
            return self.paused(full, state, inputs);
        }
        let mut next = state.clone();
        let mut conditions = Vec::new();
        let mut events = Vec::new();
        self.note_pause(&mut next, &mut conditions, &mut events);

        let readings = Readings::settle(self, &mut next, inputs);
        let composed = composite::compose(self, &readings);
        conditions.push(Condition::fallback(self.falls_back(&next)));
        if inputs.tick.polls() {
            events.extend(self.reading_events(&readings, &composed, &mut next));
        }

        let mut action = None;
        let mut refused = next.clone();
        let mut activation = None;
        if inputs.tick.polls() {
            let activity = self.activity(&readings, composed.as_ref());
            let outcome = self.activate(&mut next, inputs, activity);
            // What the poll found counts even when its action fails; the time of activity does not.
            refused.active = next.active;
            if outcome.action.is_none() {
                refused.last_active = next.last_active;
            }
            conditions.extend([Some(outcome.ready), outcome.active].into_iter().flatten());
            action = outcome.action;
            activation = outcome.explanation;
        }

        let mut horizontal = None;
        if action.is_none()
            && let Some(replicas) = self.horizontal_replicas(&next, inputs)
        {
            let verdict =
                self.horizontal(&mut next, inputs, replicas, &readings, composed.as_ref());
            refused.history = next.history.clone();
            if verdict.replicas != replicas.wanted {
                let behavior = self.behavior();
                let to = verdict.replicas;
                next.history
                    .changed(inputs.now, replicas.wanted, to, behavior.as_ref());
                action = Some(horizontal_action(replicas.wanted, &verdict));
            }
            horizontal = Some(verdict);
        }

        let error = readings.error() || composed.as_ref().is_some_and(|c| c.value.is_err());
        let replicas = inputs.replicas.as_ref().ok().copied();
        let decision = decision(replicas, action.as_ref(), horizontal.as_ref(), error);
        let metrics = metric_values(&readings, composed.as_ref());
        let mut explanation = Explanation {
            at: inputs.now,
            tick: inputs.tick,
            replicas,
            triggers: readings.explain(&next),
            formula: composed.map(|c| c.explanation),
            activation,
            horizontal,
            decision,
            summary: String::new(),
        };
        explanation.summary = summary::of(&explanation, inputs);
        Step {
            state: next,
            state_if_failed: refused,
            action,
            conditions,
            events,
            metrics,
            explanation,
        }
    }

    /// Whether any metric's failures exceed the threshold of a valid fallback.
    fn falls_back(&self, state: &State) -> bool {
        self.spec.valid_fallback().is_some_and(|fallback| {
            let mut health = state.health.values();
            health.any(|h| h.failures > fallback.failure_threshold)
        })
    }

    fn reading_events(
        &self,
        readings: &Readings<'_>,
        composed: &Option<Composed>,
        next: &mut State,
    ) -> Vec<Event> {
        let reason = if self.composite.is_some() {
            "KEDAMetricSourceFailed"
        } else {
            "KEDAScalerFailed"
        };
        let mut failures: Vec<_> = readings.failures().map(ToString::to_string).collect();
        if failures.is_empty()
            && let Some(Err(failure)) = composed.as_ref().map(|c| &c.value)
        {
            failures.push(failure.to_string());
        }
        let mut events: Vec<_> = failures.iter().map(|f| Event::warning(reason, f)).collect();
        let falling_back = readings.fallback_used();
        if falling_back != next.falling_back {
            events.push(if falling_back {
                Event::normal(
                    "ScaledObjectFallbackActivated",
                    "ScaledObject fallback is active",
                )
            } else {
                let message = "ScaledObject fallback is no longer active";
                Event::normal("ScaledObjectFallbackDeactivated", message)
            });
        }
        next.falling_back = falling_back;
        events
    }

    /// The replicas, when the built-in autoscaler is to decide about them in this tick.
    fn horizontal_replicas(&self, state: &State, inputs: &Inputs) -> Option<Replicas> {
        let replicas = inputs.replicas.as_ref().ok().copied()?;
        // Idle: the minimum does not apply until something is active.
        let idle = self
            .spec
            .idle_replicas
            .is_some_and(|idle| replicas.wanted <= idle)
            && state.active != Some(true);
        (self.home == Home::Builtin && inputs.tick.syncs() && replicas.wanted > 0 && !idle)
            .then_some(replicas)
    }

    fn horizontal(
        &self,
        next: &mut State,
        inputs: &Inputs,
        replicas: Replicas,
        readings: &Readings<'_>,
        composed: Option<&Composed>,
    ) -> Verdict {
        let resources = inputs
            .triggers
            .iter()
            .filter_map(|trigger| match &trigger.kind {
                TriggerKind::Resource(resource) => Some(resource_metric(resource)),
                TriggerKind::External(_) => None,
            });
        let mut metrics: Vec<_> = match composed {
            Some(composed) => vec![composed.metric(self)],
            None => readings.horizontal_metrics(),
        };
        metrics.extend(resources);
        let behavior = self.behavior();
        Horizontal {
            now: inputs.now,
            replicas,
            min: self.spec.horizontal_min(),
            max: self.spec.horizontal_max(),
            behavior: behavior.as_ref(),
            metrics: &metrics,
        }
        .decide(&mut next.history)
    }

    /// The user's behaviour with the directions that are paused switched off.
    fn behavior(&self) -> Option<Behavior> {
        let pause = &self.spec.pause;
        if !pause.scale_in && !pause.scale_out {
            return self.spec.behavior.clone();
        }
        let mut behavior = self.spec.behavior.clone().unwrap_or_default();
        if pause.scale_in {
            behavior.scale_down.select_policy = SelectPolicy::Disabled;
        }
        if pause.scale_out {
            behavior.scale_up.select_policy = SelectPolicy::Disabled;
        }
        Some(behavior)
    }
}

fn metric_values(readings: &Readings<'_>, composed: Option<&Composed>) -> Vec<MetricValue> {
    match composed {
        Some(composed) => vec![MetricValue {
            name: COMPOSITE_METRIC.into(),
            value: composed.value.clone(),
            fallback: composed.explanation.bypassed,
        }],
        None => readings.metric_values(),
    }
}

fn horizontal_target(metric_type: MetricType, target: Number) -> HorizontalTarget {
    // A target that rounds to nothing would divide by zero: a thousandth is the least there is.
    let milli = Milli::of_metric(target).unwrap_or_default().max(Milli(1));
    match metric_type {
        MetricType::AverageValue => HorizontalTarget::AverageValue(milli),
        MetricType::Value => HorizontalTarget::Value(milli),
    }
}

fn resource_metric(resource: &Resource) -> HorizontalMetric {
    HorizontalMetric {
        name: resource.name.clone(),
        target: match resource.target {
            ResourceTarget::Utilization(percent) => HorizontalTarget::Utilization(percent.max(1)),
            ResourceTarget::AverageValue(milli) => {
                HorizontalTarget::AverageValue(milli.max(Milli(1)))
            }
        },
        value: resource.usage.clone().map(HorizontalValue::Resource),
    }
}

fn horizontal_action(from: u32, verdict: &Verdict) -> Action {
    let to = verdict.replicas;
    let rule = verdict.rules.iter().rfind(|rule| rule.before != rule.after);
    let above = verdict
        .proposals
        .iter()
        .find(|p| p.replicas.is_some_and(|n| n > from));
    let reason = match (above, rule) {
        (Some(proposal), _) if to > from => format!("{} above target", proposal.metric),
        (_, Some(rule)) if verdict.proposals.is_empty() => rule.why.clone(),
        _ => "All metrics below target".to_string(),
    };
    let text = format!("New size: {to}; reason: {reason}");
    Action {
        from,
        to,
        cause: Cause::Horizontal,
        on_success: Some(Event::normal("SuccessfulRescale", &text)),
        on_failure: Some(Event::warning("FailedRescale", &text)),
    }
}

fn decision(
    replicas: Option<Replicas>,
    action: Option<&Action>,
    horizontal: Option<&Verdict>,
    error: bool,
) -> Decision {
    let from = replicas.map(|r| r.wanted);
    let held = error || horizontal.is_some_and(|verdict| verdict.held.is_some());
    match action {
        Some(action) => Decision {
            from,
            to: Some(action.to),
            cause: action.cause,
        },
        None if held => Decision {
            from,
            to: from,
            cause: Cause::Held,
        },
        None => Decision {
            from,
            to: from,
            cause: Cause::Unchanged,
        },
    }
}

#[cfg(test)]
mod tests;
