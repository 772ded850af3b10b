//! KEDA's decision table (RequestScale), row by row, and the cooldown.

use super::*;
use crate::spec::{FullPause, Pause};

#[test]
fn replicas_that_cannot_be_read_stop_the_decision() {
    let mut case = at(0).trigger(Ok(9));
    case.inputs.replicas = Err("forbidden".into());
    let step = case.step();
    assert_eq!(step.ready(), "False/ErrorGettingCurrentReplicas");
    assert_eq!((step.active(), step.to()), ("absent".into(), None));
    assert!(step.explanation.summary.contains("forbidden"));
}

#[test]
fn an_active_target_at_zero_gets_the_minimum_or_one() {
    let step = at(0).trigger(Ok(1)).step();
    assert_eq!(
        (step.to(), step.active()),
        (Some(1), "True/ScalerActive".into())
    );
    assert_eq!(step.state.last_active, Some(NOW));
    assert_eq!(step.state_if_failed.last_active, None);
    let action = step.action.unwrap();
    let text = "Scaled apps/v1.Deployment shop/worker from 0 to 1, triggered by s0-queue";
    assert_eq!(action.on_success.unwrap().message, text);
    let failed = action.on_failure.unwrap();
    assert_eq!(failed.reason, "KEDAScaleTargetActivationFailed");
    let text = "Failed to scale apps/v1.Deployment shop/worker from 0 to 1";
    assert_eq!(failed.message, text);
    assert_eq!(step.explanation.summary, "0 -> 1: s0-queue is 1");

    let step = at(0)
        .spec(|s| s.min_replicas = Some(3))
        .trigger(Ok(500))
        .step();
    assert_eq!(step.to(), Some(3));
}

#[test]
fn activation_does_not_consult_the_maximum() {
    let case = at(0).spec(|s| (s.min_replicas, s.max_replicas) = (Some(0), Some(1)));
    assert_eq!(case.trigger(Ok(1)).step().to(), Some(1));
}

#[test]
fn an_active_idle_target_gets_the_minimum() {
    let idle = |current| {
        let case = at(current).spec(|s| (s.min_replicas, s.idle_replicas) = (Some(4), Some(1)));
        case.trigger(Ok(1)).step().to()
    };
    assert_eq!(
        (idle(0), idle(1), idle(3), idle(4)),
        (Some(4), Some(4), Some(4), None)
    );
}

#[test]
fn an_active_target_below_its_minimum_is_left_to_the_autoscaler() {
    let step = at(1)
        .spec(|s| s.min_replicas = Some(4))
        .trigger(Ok(1))
        .step();
    assert_eq!(step.to(), None);
}

#[test]
fn a_value_equal_to_its_activation_is_not_active() {
    let activation = |value| {
        let mut case = at(0).trigger(Ok(value));
        let TriggerKind::External(e) = &mut case.inputs.triggers[0].kind else {
            panic!()
        };
        e.metrics[0].activation = Some(Number::Real(2.5));
        case.step().to()
    };
    assert_eq!((activation(2), activation(3)), (None, Some(1)));
    assert_eq!(at(0).trigger(Ok(0)).step().to(), None);
}

#[test]
fn activity_that_the_scaler_states_counts_instead_of_the_value() {
    for active in [true, false] {
        let mut case = at(0).trigger(Ok(if active { 0 } else { 9 }));
        let TriggerKind::External(e) = &mut case.inputs.triggers[0].kind else {
            panic!()
        };
        e.active = Some(active);
        assert_eq!(case.step().to().is_some(), active);
    }
}

#[test]
fn an_active_target_with_a_failing_trigger_is_partly_ready_and_its_time_stands() {
    let then = seconds_ago(60);
    let step = at(2)
        .trigger(Ok(9))
        .trigger(Err(down()))
        .last_active(then)
        .step();
    assert_eq!(step.ready(), "Unknown/PartialTriggerError");
    assert_eq!(step.active(), "True/ScalerActive");
    assert_eq!((step.to(), step.state.last_active), (None, Some(then)));
    let event = step.event("KEDAScalerFailed").unwrap();
    assert_eq!(event.message, "Unreachable: connection refused");
}

#[test]
fn an_active_target_at_zero_wakes_up_although_a_trigger_fails() {
    let step = at(0).trigger(Ok(9)).trigger(Err(down())).step();
    assert_eq!(
        (step.to(), step.ready()),
        (Some(1), "True/ScaledObjectReady".into())
    );
}

#[test]
fn each_active_poll_refreshes_the_time() {
    let step = at(2).trigger(Ok(9)).last_active(seconds_ago(60)).step();
    assert_eq!(step.state.last_active, Some(NOW));
    assert_eq!(step.ready(), "True/ScaledObjectReady");
}

#[test]
fn a_failing_trigger_without_fallback_freezes_the_target_and_is_not_ready() {
    for case in [
        at(2).trigger(Err(down())),
        at(2).trigger(Ok(0)).trigger(Err(down())),
    ] {
        let step = case.last_active(seconds_ago(9999)).step();
        assert_eq!(step.ready(), "False/TriggerError");
        assert_eq!(
            (step.to(), step.active()),
            (None, "False/ScalerNotActive".into())
        );
        assert_eq!(step.explanation.decision.cause, Cause::Held);
        assert!(step.explanation.summary.contains("connection refused"));
    }
}

#[test]
fn a_failing_trigger_with_a_fallback_freezes_the_target_and_stays_ready() {
    let case = at(2)
        .fallback(3, 4, FallbackBehavior::Static)
        .trigger(Err(down()));
    let step = case.last_active(seconds_ago(9999)).step();
    assert_eq!(
        (step.to(), step.ready()),
        (None, "True/ScaledObjectReady".into())
    );
}

#[test]
fn a_failing_trigger_with_a_fallback_of_zero_goes_to_zero() {
    let case = at(2)
        .fallback(3, 0, FallbackBehavior::Static)
        .trigger(Err(down()));
    assert_eq!(case.last_active(seconds_ago(9999)).step().to(), Some(0));
}

#[test]
fn an_inactive_target_goes_to_zero_after_the_cooldown() {
    let after = |seconds| {
        at(2)
            .trigger(Ok(0))
            .last_active(seconds_ago(seconds))
            .step()
    };
    let step = after(299);
    assert_eq!(
        (step.to(), step.active()),
        (None, "False/ScalerCooldown".into())
    );
    let text = "stays at 2: nothing is active, 1 s of the cooldown are left";
    assert_eq!(step.explanation.summary, text);
    assert_eq!(after(300).to(), None);
    let step = after(301);
    assert_eq!(
        (step.to(), step.active()),
        (Some(0), "False/ScalerNotActive".into())
    );
    let text = "Deactivated apps/v1.Deployment shop/worker from 2 to 0";
    assert_eq!(step.action.unwrap().on_success.unwrap().message, text);
}

#[test]
fn a_target_never_active_goes_to_zero_at_its_first_poll() {
    assert_eq!(at(3).trigger(Ok(0)).step().to(), Some(0));
}

#[test]
fn a_target_never_active_waits_for_the_initial_cooldown() {
    let after = |seconds| {
        let spec = |s: &mut ScalingSpec| s.initial_cooldown = Duration::from_secs(100);
        let mut case = at(3).spec(spec).trigger(Ok(0));
        case.inputs.created_at = seconds_ago(seconds);
        case.step().to()
    };
    assert_eq!((after(99), after(101)), (None, Some(0)));
}

#[test]
fn the_initial_cooldown_is_ignored_once_active() {
    let spec = |s: &mut ScalingSpec| s.initial_cooldown = Duration::from_secs(999_999);
    let case = at(3)
        .spec(spec)
        .trigger(Ok(0))
        .last_active(seconds_ago(301));
    assert_eq!(case.step().to(), Some(0));
}

#[test]
fn an_inactive_target_goes_to_idle_from_anything_above() {
    let idle = |current| {
        let case = at(current).spec(|s| (s.min_replicas, s.idle_replicas) = (Some(4), Some(1)));
        case.trigger(Ok(0)).step().to()
    };
    assert_eq!(
        (idle(9), idle(2), idle(1), idle(0)),
        (Some(1), Some(1), None, None)
    );
}

#[test]
fn an_inactive_target_below_its_minimum_is_raised_to_it_without_an_event() {
    let step = at(1)
        .spec(|s| s.min_replicas = Some(4))
        .trigger(Ok(0))
        .step();
    let action = step.action.unwrap();
    assert_eq!(
        (action.to, action.cause, action.on_success),
        (4, Cause::RaisedToMinimum, None)
    );
    assert_eq!(step.state.last_active, None);
}

#[test]
fn an_inactive_target_at_its_minimum_stays() {
    let step = at(4)
        .spec(|s| s.min_replicas = Some(4))
        .trigger(Ok(0))
        .step();
    assert_eq!(step.to(), None);
    assert_eq!(step.explanation.decision.cause, Cause::Unchanged);
}

#[test]
fn cpu_and_memory_alone_keep_a_target_active() {
    let step = at(0).cpu().step();
    assert_eq!(
        (step.to(), step.active()),
        (Some(1), "True/ScalerActive".into())
    );
}

#[test]
fn beside_other_triggers_cpu_does_not_keep_a_target_active() {
    assert_eq!(at(3).cpu().trigger(Ok(0)).step().to(), Some(0));
}

#[test]
fn forced_activation_wakes_a_target_and_is_named() {
    let forced = |s: &mut ScalingSpec| s.pause.force_activation = true;
    let step = at(0).spec(forced).trigger(Ok(0)).step();
    let event = step.action.unwrap().on_success.unwrap();
    assert!(
        event
            .message
            .ends_with("from 0 to 1, caused by forced activation annotation")
    );
    let condition = step
        .conditions
        .iter()
        .find(|c| c.kind == ConditionKind::Active)
        .unwrap();
    let text = "Scaling is performed because activation is being forced by annotation";
    assert_eq!(condition.message, text);
    let step = at(2).spec(forced).trigger(Err(down())).step();
    assert_eq!(step.ready(), "Unknown/PartialTriggerError");
}

#[test]
fn a_pause_in_one_direction_blocks_only_that_direction() {
    let pause = |s: &mut ScalingSpec| {
        s.pause = Pause {
            scale_out: true,
            ..Pause::default()
        }
    };
    let step = at(0).spec(pause).trigger(Ok(9)).step();
    assert_eq!(
        (step.to(), step.condition(ConditionKind::Paused)),
        (None, "True/ScaledObjectPaused".into())
    );
    assert!(step.event("ScaledObjectPaused").is_some());
    assert_eq!(at(2).spec(pause).trigger(Ok(0)).step().to(), Some(0));
    let pause = |s: &mut ScalingSpec| {
        s.pause = Pause {
            scale_in: true,
            ..Pause::default()
        }
    };
    assert_eq!(at(2).spec(pause).trigger(Ok(0)).step().to(), None);
    assert_eq!(at(0).spec(pause).trigger(Ok(9)).step().to(), Some(1));
}

#[test]
fn a_full_pause_looks_at_nothing_and_may_set_a_number() {
    let pause = |full| move |s: &mut ScalingSpec| s.pause.full = Some(full);
    let step = at(3).spec(pause(FullPause::AsIs)).trigger(Ok(0)).step();
    assert_eq!(
        (step.to(), step.ready()),
        (None, "True/ScaledObjectReady".into())
    );
    assert_eq!(step.conditions[0].message, "ScaledObject is paused");
    let step = at(3).spec(pause(FullPause::At(500))).step();
    assert_eq!(
        (step.to(), step.state.paused_replicas),
        (Some(500), Some(500))
    );
    assert_eq!(at(3).spec(pause(FullPause::At(3))).step().to(), None);
    let step = at(3).spec(pause(FullPause::Unreadable("x".into()))).step();
    assert_eq!(step.ready(), "False/ScaledObjectCheckFailed");
}

#[test]
fn a_pause_that_ends_is_told_once() {
    let mut case = at(1).trigger(Ok(9));
    case.state.paused = true;
    let step = case.step();
    assert_eq!(
        step.condition(ConditionKind::Paused),
        "False/ScaledObjectUnpaused"
    );
    assert!(step.event("ScaledObjectUnpaused").is_some());
    case.state = step.state;
    assert_eq!(case.step().condition(ConditionKind::Paused), "absent");
}

#[test]
fn nothing_but_not_a_number_holds_the_target_too() {
    let mut case = at(2).trigger(Ok(0)).last_active(seconds_ago(9999));
    let TriggerKind::External(e) = &mut case.inputs.triggers[0].kind else {
        panic!()
    };
    e.metrics[0].sample = Ok(Number::Real(f64::NAN));
    let step = case.step();
    assert_eq!(
        (step.to(), step.ready()),
        (None, "False/TriggerError".into())
    );
}

#[test]
fn a_trigger_of_which_nothing_is_known_is_a_failing_trigger() {
    let mut case = at(2).trigger(Ok(0)).last_active(seconds_ago(9999));
    let TriggerKind::External(e) = &mut case.inputs.triggers[0].kind else {
        panic!()
    };
    e.metrics.clear();
    e.failure = Some(Failure::new("Config", "no scaler found for type: redos"));
    let step = case.step();
    assert_eq!(
        (step.to(), step.ready()),
        (None, "False/TriggerError".into())
    );
    assert!(
        step.explanation
            .summary
            .contains("no scaler found for type: redos")
    );
}

#[test]
fn a_number_to_pause_at_is_set_once_and_again_only_when_that_failed() {
    let pause = |s: &mut ScalingSpec| s.pause.full = Some(FullPause::At(4));
    let mut case = at(3).spec(pause);
    let step = case.step();
    case.state = step.state_if_failed;
    assert_eq!(case.step().to(), Some(4));
    case.state = step.state;
    assert_eq!(case.step().to(), None);
}
