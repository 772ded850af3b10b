//! What penstock would do about a reading: the decisions are the engine's own, on a plain object.

use operator_scaling::hpa::{
    History, Horizontal, HorizontalMetric, HorizontalTarget, HorizontalValue,
};
use operator_scaling::spec::ScalingSpec;
use operator_scaling::{
    External, Home, Inputs, MetricInput, Milli, Millis, Plan, Replicas, State, Tick, TriggerInput,
    TriggerKind,
};
use runtime_types::MetricType;

/// What would be done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outlook {
    /// `None` when it is not known.
    pub(super) active: Option<bool>,
    /// What the built-in autoscaler would want with one replica there, before bounds and limits on
    /// the pace.
    pub(super) replicas: Option<u32>,
    /// Why so many.
    pub(super) why: String,
}

/// What would be done about this answer of a source.
pub(super) fn outlook(external: External) -> Outlook {
    let (replicas, why) = replicas(&external.metrics);
    Outlook {
        active: active(external),
        replicas,
        why,
    }
}

fn active(external: External) -> Option<bool> {
    let known = external.metrics.iter().any(|m| m.sample.is_ok())
        || (external.metrics.is_empty() && external.active.is_some());
    if external.failure.is_some() || !known {
        return None;
    }
    let plan = Plan::new(ScalingSpec::default(), Home::Builtin, [""]).ok()?;
    let inputs = Inputs {
        now: Millis(0),
        created_at: Millis(0),
        tick: Tick::Poll,
        replicas: Ok(Replicas::settled(1)),
        triggers: vec![TriggerInput {
            index: 0,
            name: String::new(),
            trigger_type: String::new(),
            kind: TriggerKind::External(external),
        }],
        target: String::new(),
    };
    let step = plan.step(&State::default(), &inputs);
    step.explanation.triggers.first()?.active
}

fn replicas(metrics: &[MetricInput]) -> (Option<u32>, String) {
    let mut usable = Vec::new();
    for metric in metrics {
        let target = Milli::of_metric(metric.target).unwrap_or_default();
        if target.0 <= 0 {
            let (name, target) = (&metric.full_name, metric.target);
            return (
                None,
                format!("the target of {name} is {target}, which no autoscaler takes"),
            );
        }
        let value = metric
            .sample
            .clone()
            .map(|number| HorizontalValue::External(Milli::of_metric(number).unwrap_or_default()));
        usable.push(HorizontalMetric {
            name: metric.full_name.clone(),
            target: match metric.metric_type {
                MetricType::AverageValue => HorizontalTarget::AverageValue(target),
                MetricType::Value => HorizontalTarget::Value(target),
            },
            value,
        });
    }
    let horizontal = Horizontal {
        now: Millis(0),
        replicas: Replicas::settled(1),
        min: 1,
        max: u32::MAX,
        behavior: None,
        metrics: &usable,
    };
    // Only the proposals: what bounds, windows and policies make of them is the object's.
    let proposals = horizontal.decide(&mut History::default()).proposals;
    let greatest = proposals
        .into_iter()
        .filter_map(|p| Some((p.replicas?, p.why)))
        // Of equal ones the first, as the one that people read first.
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    match greatest {
        Some((replicas, why)) => (Some(replicas.max(1)), why),
        None => (None, "no metric is known".into()),
    }
}

#[cfg(test)]
mod tests {
    use operator_scaling::Failure;
    use runtime_types::Number;

    use super::*;

    fn metric(value: Result<i64, &str>, target: i64, metric_type: MetricType) -> MetricInput {
        MetricInput {
            full_name: "s0-q".into(),
            target: Number::Whole(target),
            metric_type,
            activation: None,
            sample: value
                .map(Number::Whole)
                .map_err(|e| Failure::new("Unreachable", e)),
        }
    }

    fn of(metrics: Vec<MetricInput>) -> Outlook {
        outlook(External {
            metrics,
            ..External::default()
        })
    }

    #[test]
    fn a_value_calls_for_replicas() {
        let found = of(vec![metric(Ok(18), 5, MetricType::AverageValue)]);
        assert_eq!((found.active, found.replicas), (Some(true), Some(4)));
        assert_eq!(found.why, "18 at 5 a replica");
        let found = of(vec![metric(Ok(18), 5, MetricType::Value)]);
        assert_eq!(found.replicas, Some(4));
    }

    #[test]
    fn nothing_to_do_is_inactive_and_one_replica_at_most() {
        let found = of(vec![metric(Ok(0), 5, MetricType::AverageValue)]);
        assert_eq!((found.active, found.replicas), (Some(false), Some(1)));
    }

    #[test]
    fn what_is_not_known_is_neither_active_nor_inactive() {
        let found = of(vec![metric(Err("refused"), 5, MetricType::AverageValue)]);
        assert_eq!((found.active, found.replicas), (None, None));
    }

    #[test]
    fn one_known_metric_of_two_decides() {
        let found = of(vec![
            metric(Err("refused"), 5, MetricType::AverageValue),
            metric(Ok(10), 5, MetricType::AverageValue),
        ]);
        assert_eq!((found.active, found.replicas), (Some(true), Some(2)));
    }

    #[test]
    fn a_target_of_zero_calls_for_nothing() {
        let found = of(vec![metric(Ok(10), 0, MetricType::AverageValue)]);
        assert_eq!((found.active, found.replicas), (Some(true), None));
        assert!(found.why.contains("target of s0-q is 0"), "{}", found.why);
    }
}
