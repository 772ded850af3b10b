//! Scaling modifiers: the composite metric, its activity, and its meeting with fallback.

use super::*;
use crate::spec::Modifiers;
use FallbackBehavior::{ScalingModifiers, Static};

fn formula(text: &str) -> impl FnOnce(&mut ScalingSpec) + use<> {
    modifiers(text, "10")
}

fn modifiers(text: &str, target: &str) -> impl FnOnce(&mut ScalingSpec) + use<> {
    let modifiers = Modifiers {
        formula: text.into(),
        target: target.into(),
        ..Modifiers::default()
    };
    move |spec| spec.modifiers = Some(modifiers)
}

fn composite(step: &Step) -> Result<i64, String> {
    assert_eq!(step.metrics.len(), 1);
    assert_eq!(step.metrics[0].name, "composite-metric");
    let value = &step.metrics[0].value;
    value.as_ref().map(|v| v.0).map_err(|f| f.message.clone())
}

#[test]
fn the_formula_makes_one_metric_of_all() {
    let step = at(1)
        .spec(formula("t0 + t1 / 2"))
        .trigger(Ok(7))
        .trigger(Ok(5))
        .step();
    assert_eq!(composite(&step), Ok(9_500));
    let explanation = step.explanation.formula.unwrap();
    assert_eq!(explanation.variables["t1"], Some(5.0));
    assert_eq!(explanation.value, Some(Milli(9_500)));
}

#[test]
fn a_negative_composite_is_not_clamped_and_not_active() {
    let step = at(0).spec(formula("t0 - 10")).trigger(Ok(7)).step();
    assert_eq!((composite(&step), step.to()), (Ok(-3_000), None));
}

#[test]
fn the_composite_alone_decides_activity() {
    let active = |activation: &str, value| {
        let case = at(0)
            .spec(formula("t0 - t1"))
            .trigger(Ok(value))
            .trigger(Ok(5));
        let case =
            case.spec(|s| s.modifiers.as_mut().unwrap().activation_target = activation.into());
        let step = case.step();
        step.action.map(|a| a.on_success.unwrap().message)
    };
    assert_eq!((active("", 5), active("2.5", 7)), (None, None));
    assert!(
        active("", 6)
            .unwrap()
            .ends_with("triggered by composite-metric")
    );
    assert!(active("2.5", 8).is_some());
}

#[test]
fn any_failing_trigger_makes_the_composite_unknown_and_holds() {
    let case = at(2)
        .spec(formula("t0 + t1"))
        .trigger(Ok(7))
        .trigger(Err(down()));
    let step = case.last_active(seconds_ago(9999)).step();
    assert_eq!(
        (step.to(), step.ready()),
        (None, "False/TriggerError".into())
    );
    assert!(step.event("KEDAMetricSourceFailed").is_some());
    assert_eq!(composite(&step), Err("connection refused".into()));
}

#[test]
fn a_formula_that_cannot_be_computed_holds_the_target() {
    let case = at(2).spec(formula("1 / (t0 - 4)")).trigger(Ok(4));
    let step = case.last_active(seconds_ago(9999)).step();
    assert_eq!(
        (step.to(), step.ready()),
        (None, "False/TriggerError".into())
    );
    assert!(
        step.explanation
            .summary
            .contains("formula returned non-float result")
    );
}

#[test]
fn with_an_ordinary_fallback_the_formula_is_skipped() {
    let case = at(1).spec(formula("t0 + t1")).fallback(0, 3, Static);
    let step = case.trigger(Err(down())).trigger(Ok(7)).step();
    assert_eq!(composite(&step), Ok(30_000));
    assert!(step.explanation.formula.unwrap().bypassed);
}

#[test]
fn the_fallback_of_a_value_composite_is_divided_by_the_ready_replicas() {
    let case = at(4)
        .spec(formula("t0"))
        .fallback(0, 6, Static)
        .trigger(Err(down()));
    let case = case.spec(|s| s.modifiers.as_mut().unwrap().metric_type = MetricType::Value);
    assert_eq!(composite(&case.step()), Ok(15_000));
}

#[test]
fn a_target_that_is_no_whole_number_switches_fallback_off() {
    let case = at(1).spec(modifiers("t0", "2.5")).fallback(0, 3, Static);
    let step = case.trigger(Err(down())).step();
    assert_eq!(composite(&step), Err("connection refused".into()));
    assert!(step.state.health.is_empty());
}

#[test]
fn coalescing_routes_around_a_failing_trigger() {
    let case = |failures| {
        let case = at(1)
            .spec(formula("t0 ?? t1 + 1"))
            .fallback(2, 3, ScalingModifiers);
        case.trigger(Err(down()))
            .trigger(Ok(7))
            .failed_before("s0-queue", failures)
    };
    let step = case(1).step();
    assert_eq!(composite(&step), Err("connection refused".into()));
    let step = case(2).step();
    assert_eq!(
        (composite(&step), step.ready()),
        (Ok(8_000), "True/ScaledObjectReady".into())
    );
    assert_eq!(
        step.condition(ConditionKind::Fallback),
        "True/FallbackExists"
    );
    assert!(step.event("ScaledObjectFallbackActivated").is_none());
    assert_eq!(step.explanation.formula.unwrap().variables["t0"], None);
}

#[test]
fn a_nil_result_is_the_fallbacks_replicas_times_the_target() {
    let case = at(1)
        .spec(formula("t0 ?? t1"))
        .fallback(0, 3, ScalingModifiers);
    let step = case.trigger(Err(down())).trigger(Err(down())).step();
    assert_eq!(composite(&step), Ok(30_000));
}

#[test]
fn arithmetic_on_nil_without_coalescing_is_unknown() {
    let case = at(1)
        .spec(formula("t0 + t1"))
        .fallback(0, 3, ScalingModifiers);
    let step = case.trigger(Err(down())).trigger(Ok(7)).step();
    assert!(
        composite(&step)
            .unwrap_err()
            .starts_with("error trying to run custom formula")
    );
    assert_eq!(step.to(), None);
}

#[test]
fn the_builtin_autoscaler_follows_the_composite_and_cpu() {
    let case = at(2)
        .builtin()
        .spec(formula("t0 * 2"))
        .trigger(Ok(20))
        .cpu();
    let step = case.step();
    assert_eq!(step.to(), Some(4));
    let names = step.explanation.horizontal.unwrap().proposals;
    let names: Vec<_> = names.iter().map(|p| p.metric.as_str()).collect();
    assert_eq!(names, ["composite-metric", "cpu"]);
}

#[test]
fn modifiers_that_cannot_be_used_are_refused_when_planned() {
    let plan = |formula: &str, target: &str, activation: &str| {
        let modifiers = Modifiers {
            formula: formula.into(),
            target: target.into(),
            activation_target: activation.into(),
            ..Modifiers::default()
        };
        let spec = ScalingSpec {
            modifiers: Some(modifiers),
            ..ScalingSpec::default()
        };
        Plan::new(spec, Home::Cluster, ["t0"])
            .map_err(|e| e.reason())
            .err()
    };
    assert_eq!(plan("t0", "2.5", "1"), None);
    assert_eq!(plan("", "2", ""), Some("FormulaMissing"));
    for target in ["0", "-1", "many", "", "NaN"] {
        assert_eq!(
            plan("t0", target, ""),
            Some("ModifiersTarget"),
            "{target:?}"
        );
    }
    assert_eq!(plan("t0", "2", "many"), Some("ModifiersActivationTarget"));
    assert_eq!(plan("t1", "2", ""), Some("FormulaUnknownName"));
}
