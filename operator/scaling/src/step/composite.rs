use super::COMPOSITE_METRIC;
use super::readings::Readings;
use crate::explanation::FormulaExplanation;
use crate::hpa::{HorizontalMetric, HorizontalTarget, HorizontalValue};
use crate::plan::Composite;
use crate::{Failure, Milli, Plan};
use runtime_types::MetricType;

/// The composite metric of one tick.
pub(super) struct Composed {
    pub(super) value: Result<Milli, Failure>,
    pub(super) explanation: FormulaExplanation,
}

/// Computes the composite metric, where the user has modifiers.
pub(super) fn compose(plan: &Plan, readings: &Readings<'_>) -> Option<Composed> {
    let composite = plan.composite.as_ref()?;
    let mut explanation = FormulaExplanation {
        text: composite.formula.text().to_string(),
        variables: Default::default(),
        value: None,
        failure: None,
        bypassed: false,
    };
    for trigger in readings.triggers.iter().filter(|t| t.external.is_some()) {
        for metric in &trigger.metrics {
            let value = match &metric.value {
                Ok(_) if metric.routed() => None,
                Ok(value) => Some(value.as_f64()),
                Err(_) => continue,
            };
            explanation
                .variables
                .insert(trigger.input.name.clone(), value);
        }
    }
    let value = match (readings.first_fallback(), readings.failures().next()) {
        (Some(value), _) => {
            explanation.bypassed = true;
            Ok(value)
        }
        (None, Some(failure)) => Err(failure.clone()),
        (None, None) => evaluate(plan, composite, &explanation),
    };
    match &value {
        Ok(value) => explanation.value = Some(*value),
        Err(failure) => explanation.failure = Some(failure.clone()),
    }
    Some(Composed { value, explanation })
}

fn evaluate(
    plan: &Plan,
    composite: &Composite,
    explanation: &FormulaExplanation,
) -> Result<Milli, Failure> {
    let failed = |text: String| Failure::new("FormulaFailed", text);
    let result = composite.formula.evaluate(&explanation.variables);
    let number = match result.map_err(|e| Failure::new(e.reason(), e.to_string()))? {
        Some(number) => number,
        None => {
            let text = "scalingModifiers formula evaluated to nil but no fallback is configured";
            let fallback = plan.spec.fallback.as_ref();
            let fallback = fallback.ok_or_else(|| failed(text.into()))?;
            f64::from(fallback.replicas) * composite.target
        }
    };
    Milli::cut(number).ok_or_else(|| failed(format!("formula returned {number}")))
}

impl Composed {
    pub(super) fn metric(&self, plan: &Plan) -> HorizontalMetric {
        let target = plan
            .composite
            .as_ref()
            .map_or(Milli(1000), |c| c.milli_target);
        let metric_type = plan.spec.modifiers.as_ref().map(|m| m.metric_type);
        HorizontalMetric {
            name: COMPOSITE_METRIC.into(),
            target: match metric_type.unwrap_or_default() {
                MetricType::AverageValue => HorizontalTarget::AverageValue(target),
                MetricType::Value => HorizontalTarget::Value(target),
            },
            // A negative composite is passed on as it is; replicas are cut at zero later.
            value: self.value.clone().map(HorizontalValue::External),
        }
    }
}
