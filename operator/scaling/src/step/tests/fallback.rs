//! Fallback: when it counts, what it makes of each behaviour, and whom it wakes up.

use super::*;
use FallbackBehavior::*;

fn value(step: &Step) -> Result<i64, String> {
    let value = &step.metrics[0].value;
    value.as_ref().map(|v| v.0).map_err(|f| f.reason.clone())
}

#[test]
fn a_fallback_counts_when_failures_exceed_the_threshold() {
    let mut case = at(2).fallback(2, 4, Static).trigger(Err(down()));
    let mut told = Vec::new();
    for _ in 0..4 {
        let step = case.step();
        told.push(value(&step).is_ok());
        case.state = step.state;
    }
    assert_eq!(told, [false, false, true, true]);
    assert_eq!(case.state.health["s0-queue"].failures, 4);
    assert_eq!(case.state.health["s0-queue"].status(), "Failing");
}

#[test]
fn failures_count_on_polls_and_on_the_autoscalers_queries() {
    let mut case = at(2).fallback(1, 4, Static).trigger(Err(down()));
    case.state = case.step().state;
    let step = case.tick(Tick::Query).step();
    assert_eq!(value(&step), Ok(20_000));
    assert_eq!(
        step.condition(ConditionKind::Fallback),
        "True/FallbackExists"
    );
}

#[test]
fn one_success_forgets_all_failures() {
    let case = at(2)
        .fallback(1, 4, Static)
        .trigger(Ok(3))
        .failed_before("s0-queue", 9);
    let step = case.step();
    assert_eq!(value(&step), Ok(3_000));
    assert_eq!(step.state.health["s0-queue"].status(), "Happy");
    assert_eq!(
        step.condition(ConditionKind::Fallback),
        "False/NoFallbackFound"
    );
}

#[test]
fn without_a_fallback_the_error_is_passed_on_and_nothing_counted() {
    let step = at(2).trigger(Err(down())).step();
    assert_eq!(value(&step), Err("Unreachable".into()));
    assert!(step.state.health.is_empty());
}

#[test]
fn each_behaviour_assumes_its_replicas() {
    for (behavior, current, replicas, assumed) in [
        (Static, 7, 4, 4),
        (CurrentReplicas, 7, 4, 7),
        (CurrentReplicasIfHigher, 7, 4, 7),
        (CurrentReplicasIfHigher, 2, 4, 4),
        (CurrentReplicasIfLower, 7, 4, 4),
        (CurrentReplicasIfLower, 2, 4, 2),
    ] {
        let case = at(current)
            .fallback(0, replicas, behavior)
            .trigger(Err(down()));
        assert_eq!(
            value(&case.step()),
            Ok(assumed * 5_000),
            "{behavior:?} at {current}"
        );
    }
}

#[test]
fn a_value_metric_is_divided_by_the_ready_replicas() {
    let mut case = at(4)
        .fallback(0, 6, Static)
        .typed(MetricType::Value, Err(down()));
    case.inputs.replicas = Ok(Replicas {
        wanted: 4,
        observed: Some(4),
        ready: Some(4),
    });
    assert_eq!(value(&case.step()), Ok(7_500));
}

#[test]
fn a_value_metric_without_ready_replicas_has_no_fallback() {
    for ready in [Some(0), None] {
        let mut case = at(4)
            .fallback(0, 6, Static)
            .typed(MetricType::Value, Err(down()));
        case.inputs.replicas = Ok(Replicas {
            wanted: 4,
            observed: Some(4),
            ready,
        });
        assert_eq!(value(&case.step()), Err("FallbackFailed".into()));
    }
}

#[test]
fn only_a_static_fallback_works_when_replicas_cannot_be_read() {
    let unreadable = |behavior| {
        let mut case = at(4).fallback(0, 6, behavior).trigger(Err(down()));
        case.inputs.replicas = Err("forbidden".into());
        value(&case.step())
    };
    assert_eq!(unreadable(Static), Ok(30_000));
    assert_eq!(unreadable(CurrentReplicas), Err("Unreachable".into()));
}

#[test]
fn a_trigger_in_fallback_is_active_even_with_a_fallback_of_zero() {
    for replicas in [3, 0] {
        let step = at(0)
            .fallback(0, replicas, Static)
            .trigger(Err(down()))
            .step();
        assert_eq!(
            (step.to(), step.ready()),
            (Some(1), "True/ScaledObjectReady".into())
        );
        assert!(step.event("ScaledObjectFallbackActivated").is_some());
        assert!(step.event("KEDAScalerFailed").is_none());
    }
}

#[test]
fn the_end_of_a_fallback_is_told_once() {
    let mut case = at(1).fallback(0, 3, Static).trigger(Ok(1));
    case.state.falling_back = true;
    let step = case.step();
    assert!(step.event("ScaledObjectFallbackDeactivated").is_some());
    case.state = step.state;
    assert!(case.step().events.is_empty());
}

#[test]
fn a_fallback_is_for_its_metric_alone() {
    let case = at(3)
        .fallback(1, 9, Static)
        .trigger(Ok(2))
        .trigger(Err(down()));
    let step = case.failed_before("s1-queue", 1).step();
    let values: Vec<_> = step
        .metrics
        .iter()
        .map(|m| (m.fallback, m.value.clone()))
        .collect();
    assert_eq!(
        values,
        [(false, Ok(Milli(2_000))), (true, Ok(Milli(45_000)))]
    );
}

#[test]
fn health_of_metrics_that_are_gone_is_forgotten_on_polls_only() {
    let case = at(1)
        .fallback(1, 3, Static)
        .trigger(Ok(1))
        .failed_before("s9-old", 4);
    assert!(!case.step().state.health.contains_key("s9-old"));
    assert!(
        case.tick(Tick::Query)
            .step()
            .state
            .health
            .contains_key("s9-old")
    );
}

#[test]
fn the_builtin_autoscaler_follows_the_fallback_both_ways() {
    let scale = |current, replicas| {
        let case = at(current)
            .builtin()
            .fallback(0, replicas, Static)
            .trigger(Err(down()));
        let mut case = case.spec(|s| s.behavior = Some(immediate()));
        case.state.history = Default::default();
        case.step().to()
    };
    assert_eq!((scale(2, 4), scale(6, 4)), (Some(4), Some(4)));
}

fn immediate() -> crate::spec::Behavior {
    let rules = crate::spec::Rules {
        stabilization_window_seconds: Some(0),
        ..Default::default()
    };
    crate::spec::Behavior {
        scale_up: rules.clone(),
        scale_down: rules,
    }
}

#[test]
fn an_earlier_answer_is_used_but_not_counted_again() {
    let cached = |sample, failures| {
        let case = at(2).fallback(1, 4, Static).trigger(sample);
        let mut case = case.tick(Tick::Query).failed_before("s0-queue", failures);
        let TriggerKind::External(e) = &mut case.inputs.triggers[0].kind else {
            panic!()
        };
        e.cached = true;
        let step = case.step();
        (value(&step), step.state.health["s0-queue"].failures)
    };
    assert_eq!(cached(Err(down()), 1), (Err("Unreachable".into()), 1));
    assert_eq!(cached(Err(down()), 2), (Ok(20_000), 2));
    assert_eq!(cached(Ok(3), 2), (Ok(3_000), 2));
}
