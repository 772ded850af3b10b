//! The built-in autoscaler within a tick.

use super::*;
use crate::spec::{FullPause, Pause};

#[test]
fn a_sync_scales_to_what_the_metrics_call_for() {
    let step = at(2).builtin().trigger(Ok(18)).step();
    assert_eq!(step.to(), Some(4));
    let text = "2 -> 4: s0-queue is 18 at 5 a replica";
    assert_eq!(step.explanation.summary, text);
    let event = step.action.unwrap().on_success.unwrap();
    assert_eq!(event.message, "New size: 4; reason: s0-queue above target");
}

#[test]
fn a_cluster_home_leaves_this_to_its_own_autoscaler() {
    assert_eq!(
        at(2).tick(Tick::PollAndSync).trigger(Ok(18)).step().to(),
        None
    );
}

#[test]
fn a_sync_at_zero_does_nothing() {
    let step = at(0).builtin().trigger(Ok(18)).step();
    assert_eq!((step.to(), step.explanation.horizontal), (None, None));
}

#[test]
fn a_failing_metric_lets_replicas_be_added_but_not_removed() {
    let step = at(2).builtin().trigger(Ok(18)).trigger(Err(down())).step();
    assert_eq!(step.to(), Some(4));
    let step = at(9).builtin().trigger(Ok(1)).trigger(Err(down())).step();
    assert_eq!(
        (step.to(), step.explanation.decision.cause),
        (None, Cause::Held)
    );
    let text = "stays at 9: 1 would do, but nothing is taken away while s1-queue \
                (Unreachable: connection refused) is not known";
    assert_eq!(step.explanation.summary, text);
}

#[test]
fn a_poll_that_puts_the_target_to_sleep_leaves_nothing_for_the_sync() {
    let step = at(2)
        .builtin()
        .tick(Tick::PollAndSync)
        .trigger(Ok(0))
        .step();
    assert_eq!((step.to(), step.explanation.horizontal), (Some(0), None));
}

#[test]
fn an_inactive_target_in_its_cooldown_shrinks_to_one_like_any_other() {
    let case = at(3).builtin().tick(Tick::PollAndSync).trigger(Ok(0));
    let mut case = case.last_active(seconds_ago(10));
    case.state = case.step().state;
    case.inputs.now = case.inputs.now.plus(Duration::from_secs(289));
    let mut late = at(3).builtin().trigger(Ok(0));
    late.state = case.step().state;
    late.inputs.now = case.inputs.now.plus(Duration::from_secs(12));
    assert_eq!(late.step().to(), Some(1));
}

#[test]
fn an_idle_target_stays_idle_until_something_is_active() {
    let idle = |active| {
        let case = at(1)
            .builtin()
            .spec(|s| (s.min_replicas, s.idle_replicas) = (Some(4), Some(1)));
        let mut case = case.trigger(Ok(0));
        case.state.active = active;
        case.step().to()
    };
    assert_eq!(
        (idle(Some(false)), idle(None), idle(Some(true))),
        (None, None, Some(4))
    );
}

#[test]
fn a_pause_in_one_direction_switches_that_direction_off() {
    let pause = |s: &mut ScalingSpec| {
        s.pause = Pause {
            scale_out: true,
            ..Pause::default()
        }
    };
    assert_eq!(
        at(2).builtin().spec(pause).trigger(Ok(50)).step().to(),
        None
    );
    let pause = |s: &mut ScalingSpec| {
        s.pause = Pause {
            scale_in: true,
            ..Pause::default()
        }
    };
    assert_eq!(
        at(2).builtin().spec(pause).trigger(Ok(50)).step().to(),
        Some(6)
    );
}

#[test]
fn a_full_pause_forgets_the_autoscalers_memory() {
    let mut case = at(2).builtin().trigger(Ok(18));
    case.state = case.step().state;
    assert_ne!(case.state.history, Default::default());
    let step = case.spec(|s| s.pause.full = Some(FullPause::AsIs)).step();
    assert_eq!(step.state.history, Default::default());
}

#[test]
fn a_change_that_failed_is_not_remembered_as_one() {
    let spec = |s: &mut ScalingSpec| s.behavior = Some(Default::default());
    let mut case = at(2).builtin().spec(spec).trigger(Ok(100));
    let step = case.step();
    assert_eq!(step.to(), Some(6));
    case.state = step.state_if_failed;
    assert_eq!(case.step().to(), Some(6));
}

#[test]
fn a_recording_is_replayed_exactly() {
    let metric = ReplayMetric {
        trigger: "q".into(),
        full_name: "s0-queue".into(),
        target: Number::Whole(5),
        metric_type: MetricType::AverageValue,
        activation: None,
    };
    let values = [Some(0), Some(3), Some(40), None, Some(0), Some(0)];
    let points = values.iter().enumerate().map(|(i, value)| ReplayPoint {
        at: Millis(NOW.0 + i as u64 * 120_000),
        samples: vec![value.map(Number::Whole).ok_or_else(down)],
    });
    let recording = Recording {
        metrics: vec![metric],
        points: points.collect(),
        replicas: 0,
    };
    let mut spec = ScalingSpec::default();
    without_cooldown(&mut spec);
    assert_eq!(replay(&spec, &recording).unwrap(), [0, 1, 4, 4, 0, 0]);
}
