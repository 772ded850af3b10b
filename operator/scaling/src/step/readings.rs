use runtime_types::{MetricType, Number};

use super::{MetricValue, horizontal_target};
use crate::explanation::{FallbackExplanation, MetricExplanation, TriggerExplanation};
use crate::hpa::{HorizontalMetric, HorizontalTarget, HorizontalValue};
use crate::spec::Fallback;
use crate::{
    External, Failure, Inputs, MetricInput, Milli, Plan, State, TriggerInput, TriggerKind,
};

/// What the triggers say once fallback has been applied.
pub(super) struct Readings<'a> {
    pub(super) triggers: Vec<TriggerReading<'a>>,
}

/// One trigger.
pub(super) struct TriggerReading<'a> {
    pub(super) input: &'a TriggerInput,
    /// `None` for cpu and memory.
    pub(super) external: Option<&'a External>,
    pub(super) metrics: Vec<MetricReading<'a>>,
    /// The last metric that did not fail decides.
    pub(super) active: bool,
}

/// One metric.
pub(super) struct MetricReading<'a> {
    pub(super) input: &'a MetricInput,
    /// The value to go by; a failure that fallback did not replace.
    pub(super) value: Result<Milli, Failure>,
    pub(super) fallback: Option<FallbackExplanation>,
}

impl MetricReading<'_> {
    /// The formula sees `nil` for it.
    pub(super) fn routed(&self) -> bool {
        self.fallback.is_some_and(|f| f.value.is_none())
    }
}

impl<'a> Readings<'a> {
    /// Applies fallback to each metric, and counts its failures in `state`.
    pub(super) fn settle(plan: &Plan, state: &mut State, inputs: &'a Inputs) -> Self {
        let triggers = inputs.triggers.iter().map(|input| {
            let TriggerKind::External(external) = &input.kind else {
                return TriggerReading {
                    input,
                    external: None,
                    metrics: vec![],
                    active: false,
                };
            };
            // A source that names no metric can still state its activity.
            let mut active = external.metrics.is_empty() && external.active == Some(true);
            let metrics = external.metrics.iter().map(|metric| {
                let reading = plan.settle(state, metric, external.cached, inputs);
                if reading.value.is_ok() {
                    let substituted = reading.fallback.is_some_and(|f| f.value.is_some());
                    active = substituted || is_active(external, metric);
                }
                reading
            });
            let metrics = metrics.collect();
            TriggerReading {
                input,
                external: Some(external),
                metrics,
                active,
            }
        });
        let readings = Self {
            triggers: triggers.collect(),
        };
        if inputs.tick.polls() && readings.complete() {
            let known = |name: &String| readings.metrics().any(|m| &m.input.full_name == name);
            state.health.retain(|name, _| known(name));
        }
        readings
    }

    fn complete(&self) -> bool {
        self.triggers
            .iter()
            .all(|t| t.external.is_none_or(|e| e.failure.is_none()))
    }

    pub(super) fn metrics(&self) -> impl Iterator<Item = &MetricReading<'a>> {
        self.triggers.iter().flat_map(|t| &t.metrics)
    }

    /// What failed and was not replaced.
    pub(super) fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.triggers.iter().flat_map(|trigger| {
            let whole = trigger.external.and_then(|e| e.failure.as_ref());
            let metrics = trigger
                .metrics
                .iter()
                .filter_map(|m| m.value.as_ref().err());
            whole.into_iter().chain(metrics)
        })
    }

    pub(super) fn error(&self) -> bool {
        self.failures().next().is_some()
    }

    pub(super) fn fallback_used(&self) -> bool {
        self.first_fallback().is_some()
    }

    /// The first value that a fallback made.
    pub(super) fn first_fallback(&self) -> Option<Milli> {
        self.metrics().find_map(|m| m.fallback?.value)
    }

    pub(super) fn horizontal_metrics(&self) -> Vec<HorizontalMetric> {
        let mut metrics = Vec::new();
        for trigger in &self.triggers {
            if let Some(failure) = trigger.external.and_then(|e| e.failure.as_ref()) {
                metrics.push(HorizontalMetric {
                    name: format!("s{}-{}", trigger.input.index, trigger.input.trigger_type),
                    target: HorizontalTarget::AverageValue(Milli(1000)),
                    value: Err(failure.clone()),
                });
            }
            metrics.extend(trigger.metrics.iter().map(|m| HorizontalMetric {
                name: m.input.full_name.clone(),
                target: horizontal_target(m.input.metric_type, m.input.target),
                value: m.value.clone().map(HorizontalValue::External),
            }));
        }
        metrics
    }

    pub(super) fn metric_values(&self) -> Vec<MetricValue> {
        let values = self.metrics().map(|m| MetricValue {
            name: m.input.full_name.clone(),
            value: m.value.clone(),
            fallback: m.fallback.is_some(),
        });
        values.collect()
    }

    pub(super) fn explain(&self, state: &State) -> Vec<TriggerExplanation> {
        let triggers = self.triggers.iter().map(|trigger| TriggerExplanation {
            index: trigger.input.index,
            name: trigger.input.name.clone(),
            trigger_type: trigger.input.trigger_type.clone(),
            active: trigger.external.map(|_| trigger.active),
            metrics: trigger.metrics.iter().map(|m| m.explain(state)).collect(),
            failure: trigger.external.and_then(|e| e.failure.clone()),
        });
        triggers.collect()
    }
}

impl MetricReading<'_> {
    fn explain(&self, state: &State) -> MetricExplanation {
        let sample = finite(&self.input.sample);
        MetricExplanation {
            name: self.input.full_name.clone(),
            value: sample.as_ref().ok().copied(),
            target: self.input.target,
            metric_type: self.input.metric_type,
            activation: self.input.activation,
            failure: sample.err(),
            failures: state
                .health
                .get(&self.input.full_name)
                .map_or(0, |h| h.failures),
            fallback: self.fallback,
        }
    }
}

fn finite(sample: &Result<Number, Failure>) -> Result<Number, Failure> {
    match sample {
        Ok(value) if !value.is_finite() => Err(Failure::not_finite(*value)),
        other => other.clone(),
    }
}

fn is_active(external: &External, metric: &MetricInput) -> bool {
    external.active.unwrap_or_else(|| {
        let activation = metric.activation.unwrap_or(Number::Whole(0));
        metric
            .sample
            .as_ref()
            .is_ok_and(|value| value.exceeds(activation))
    })
}

impl Plan {
    fn settle<'a>(
        &self,
        state: &mut State,
        metric: &'a MetricInput,
        cached: bool,
        inputs: &Inputs,
    ) -> MetricReading<'a> {
        let value = finite(&metric.sample)
            .and_then(|n| Milli::of_metric(n).ok_or_else(|| Failure::not_finite(n)));
        let reading = |value, fallback| MetricReading {
            input: metric,
            value,
            fallback,
        };
        let Some(fallback) = self.spec.valid_fallback() else {
            return reading(value, None);
        };
        let mut health = state
            .health
            .get(&metric.full_name)
            .copied()
            .unwrap_or_default();
        if !cached {
            health.failures = match value {
                Ok(_) => 0,
                Err(_) => health.failures.saturating_add(1),
            };
            state.health.insert(metric.full_name.clone(), health);
        }
        let failure = match value {
            Ok(value) => return reading(Ok(value), None),
            Err(failure) => failure,
        };
        if health.failures <= fallback.failure_threshold {
            return reading(Err(failure), None);
        }
        match self.substitute(fallback, metric, inputs, failure) {
            // KEDA's placeholder; the formula never sees it.
            Ok(made) => reading(Ok(made.value.unwrap_or(Milli(-1000))), Some(made)),
            Err(failure) => reading(Err(failure), None),
        }
    }

    /// The value whose target calls for the fallback's replicas.
    fn substitute(
        &self,
        fallback: &Fallback,
        metric: &MetricInput,
        inputs: &Inputs,
        failure: Failure,
    ) -> Result<FallbackExplanation, Failure> {
        let replicas = match (&inputs.replicas, fallback.behavior) {
            (Ok(replicas), _) => fallback.assumed(replicas.wanted),
            // Only these two do not depend on the present number.
            (Err(_), crate::spec::FallbackBehavior::Static) => Some(fallback.replicas),
            (Err(_), crate::spec::FallbackBehavior::ScalingModifiers) => None,
            (Err(_), _) => return Err(failure),
        };
        let behavior = fallback.behavior;
        let Some(assumed) = replicas else {
            return Ok(FallbackExplanation {
                behavior,
                replicas,
                value: None,
            });
        };
        let modifiers = self.spec.modifiers.as_ref();
        let metric_type = modifiers.map_or(metric.metric_type, |m| m.metric_type);
        let target = match &self.composite {
            Some(composite) => composite.target,
            None => Milli::of_metric(metric.target).unwrap_or_default().as_f64(),
        };
        let mut share = f64::from(assumed);
        if metric_type == MetricType::Value {
            // The autoscaler will multiply by the ready ones.
            let ready = inputs
                .replicas
                .as_ref()
                .ok()
                .and_then(|r| r.ready)
                .unwrap_or(0);
            if ready == 0 {
                let message = "error performing fallback: no replica is ready";
                return Err(Failure::new(
                    "FallbackFailed",
                    format!("{message} ({failure})"),
                ));
            }
            share /= f64::from(ready);
        }
        let value = Milli::cut(target * share);
        Ok(FallbackExplanation {
            behavior,
            replicas,
            value,
        })
    }
}
