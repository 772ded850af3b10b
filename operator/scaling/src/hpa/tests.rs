use super::*;
use crate::Milli;
use crate::input::{Failure, ResourceUsage};
use crate::spec::{Policy, PolicyKind, Rules, SelectPolicy};

fn average(value: i64, target: i64) -> HorizontalMetric {
    metric(HorizontalTarget::AverageValue(Milli(target * 1000)), value)
}

fn metric(target: HorizontalTarget, value: i64) -> HorizontalMetric {
    HorizontalMetric {
        name: "s0-queue".into(),
        target,
        value: Ok(HorizontalValue::External(Milli(value * 1000))),
    }
}

fn missing() -> HorizontalMetric {
    HorizontalMetric {
        value: Err(Failure::new("Unreachable", "connection refused")),
        ..average(0, 5)
    }
}

/// An autoscaler that has run for long: nothing old is in its windows.
struct Autoscaler {
    now: Millis,
    current: u32,
    bounds: (u32, u32),
    behavior: Option<Behavior>,
    history: History,
}

impl Autoscaler {
    fn at(current: u32) -> Self {
        let mut history = History::default();
        history.recommended(Millis(0), current);
        Self {
            now: Millis(10_000_000),
            current,
            bounds: (1, 100),
            behavior: None,
            history,
        }
    }

    fn with(mut self, behavior: Behavior) -> Self {
        self.behavior = Some(behavior);
        self
    }

    fn verdict(&mut self, metrics: &[HorizontalMetric]) -> Verdict {
        self.verdict_with(Replicas::settled(self.current), metrics)
    }

    fn verdict_with(&mut self, replicas: Replicas, metrics: &[HorizontalMetric]) -> Verdict {
        let behavior = self.behavior.clone();
        let ask = Horizontal {
            now: self.now,
            replicas,
            min: self.bounds.0,
            max: self.bounds.1,
            behavior: behavior.as_ref(),
            metrics,
        };
        let verdict = ask.decide(&mut self.history);
        self.history
            .changed(self.now, self.current, verdict.replicas, behavior.as_ref());
        self.current = verdict.replicas;
        verdict
    }

    fn sync(&mut self, after_seconds: u64, value: i64) -> u32 {
        self.now = self.now.plus(Duration::from_secs(after_seconds));
        self.verdict(&[average(value, 5)]).replicas
    }
}

fn policy(kind: PolicyKind, value: u32, period_seconds: u32) -> Policy {
    Policy {
        kind,
        value,
        period_seconds,
    }
}

#[test]
fn an_average_target_divides_the_whole_and_rounds_up() {
    for (current, value, expected) in [(4, 31, 7), (4, 30, 6), (3, 1, 1), (3, 0, 1)] {
        let mut autoscaler = Autoscaler::at(current);
        assert_eq!(
            autoscaler.sync(0, value),
            expected,
            "{value} with {current}"
        );
    }
}

#[test]
fn a_change_within_ten_percent_is_not_made() {
    for (value, expected) in [(54, 10), (55, 10), (56, 12), (45, 10), (44, 9)] {
        assert_eq!(Autoscaler::at(10).sync(0, value), expected, "{value}");
    }
}

#[test]
fn each_direction_has_its_own_tolerance() {
    let behavior = |up, down| Behavior {
        scale_up: Rules {
            tolerance: up,
            ..Rules::default()
        },
        scale_down: Rules {
            tolerance: down,
            ..Rules::default()
        },
    };
    let sync = |b, value| Autoscaler::at(10).with(b).sync(0, value);
    assert_eq!(sync(behavior(Some(0.0), None), 52), 11);
    assert_eq!(sync(behavior(Some(0.5), None), 70), 10);
    assert_eq!(sync(behavior(None, Some(0.0)), 47), 10);
    assert_eq!(sync(behavior(None, Some(0.0)), 45), 9);
    assert_eq!(sync(behavior(None, Some(0.5)), 30), 10);
}

#[test]
fn a_value_target_multiplies_the_ready_replicas() {
    let target = HorizontalTarget::Value(Milli(10_000));
    let replicas = Replicas {
        wanted: 6,
        observed: Some(6),
        ready: Some(4),
    };
    let verdict = Autoscaler::at(6).verdict_with(replicas, &[metric(target, 20)]);
    assert_eq!(verdict.replicas, 8);
    let verdict = Autoscaler::at(6).verdict_with(replicas, &[metric(target, 11)]);
    assert_eq!(verdict.replicas, 6);
}

#[test]
fn an_average_target_compares_with_what_exists_rather_than_with_what_is_wanted() {
    let replicas = Replicas {
        wanted: 8,
        observed: Some(4),
        ready: Some(4),
    };
    // 21 at 5 is 5 % above what 4 should have: as they are.
    let verdict = Autoscaler::at(8).verdict_with(replicas, &[average(21, 5)]);
    assert_eq!(verdict.proposals[0].replicas, Some(4));
}

#[test]
fn utilization_and_average_use_are_computed_over_the_measured_replicas() {
    let usage = ResourceUsage {
        total: Milli(1_800),
        requested: Milli(2_000),
        replicas: 4,
    };
    let resource = |target| HorizontalMetric {
        name: "cpu".into(),
        target,
        value: Ok(HorizontalValue::Resource(usage)),
    };
    let verdict = |target| Autoscaler::at(4).verdict(&[resource(target)]).replicas;
    assert_eq!(verdict(HorizontalTarget::Utilization(60)), 6);
    assert_eq!(verdict(HorizontalTarget::Utilization(85)), 4);
    assert_eq!(verdict(HorizontalTarget::AverageValue(Milli(300))), 6);
}

#[test]
fn the_greatest_of_several_proposals_counts() {
    let mut autoscaler = Autoscaler::at(5);
    assert_eq!(
        autoscaler
            .verdict(&[average(10, 5), average(35, 5)])
            .replicas,
        7
    );
}

#[test]
fn a_missing_metric_blocks_removal_but_not_addition() {
    let verdict = Autoscaler::at(5).verdict(&[average(10, 5), missing()]);
    assert_eq!(verdict.replicas, 5);
    let held = verdict.held.unwrap();
    assert!(held.contains("Unreachable: connection refused"), "{held}");
    let verdict = Autoscaler::at(5).verdict(&[average(35, 5), missing()]);
    assert_eq!((verdict.replicas, verdict.held), (7, None));
    let verdict = Autoscaler::at(5).verdict(&[missing()]);
    assert_eq!(verdict.replicas, 5);
    assert!(verdict.held.is_some());
}

#[test]
fn bounds_come_first_even_when_nothing_is_known() {
    let mut autoscaler = Autoscaler::at(12);
    autoscaler.bounds = (3, 10);
    assert_eq!(autoscaler.verdict(&[missing()]).replicas, 10);
    let mut autoscaler = Autoscaler::at(1);
    autoscaler.bounds = (3, 10);
    assert_eq!(autoscaler.verdict(&[missing()]).replicas, 3);
}

#[test]
fn without_behavior_additions_at_most_double_but_reach_four() {
    assert_eq!(Autoscaler::at(1).sync(0, 500), 4);
    assert_eq!(Autoscaler::at(10).sync(0, 500), 20);
    // Counted over 15 s, however often it syncs.
    let mut autoscaler = Autoscaler::at(10);
    let replicas: Vec<_> = [0, 5, 5, 5, 15].map(|s| autoscaler.sync(s, 500)).into();
    assert_eq!(replicas, [20, 20, 20, 40, 80]);
}

#[test]
fn with_an_empty_behavior_additions_double_or_add_four() {
    assert_eq!(Autoscaler::at(1).with(Behavior::default()).sync(0, 500), 5);
    assert_eq!(Autoscaler::at(3).with(Behavior::default()).sync(0, 500), 7);
    assert_eq!(
        Autoscaler::at(10).with(Behavior::default()).sync(0, 500),
        20
    );
}

#[test]
fn removal_waits_for_the_highest_recommendation_of_five_minutes() {
    for behavior in [None, Some(Behavior::default())] {
        let mut autoscaler = Autoscaler::at(4);
        autoscaler.behavior = behavior;
        assert_eq!(autoscaler.sync(0, 40), 8);
        assert_eq!(autoscaler.sync(15, 5), 8);
        assert_eq!(autoscaler.sync(284, 5), 8);
        assert_eq!(autoscaler.sync(2, 5), 1);
    }
}

#[test]
fn an_autoscaler_without_memory_takes_nothing_away_at_first() {
    let mut autoscaler = Autoscaler::at(8);
    autoscaler.history = History::default();
    assert_eq!(autoscaler.sync(0, 0), 8);
    assert_eq!(autoscaler.sync(299, 0), 8);
    assert_eq!(autoscaler.sync(2, 0), 1);
}

#[test]
fn after_a_stop_longer_than_the_window_nothing_is_taken_away_at_first() {
    for behavior in [None, Some(Behavior::default())] {
        let mut autoscaler = Autoscaler::at(4);
        autoscaler.behavior = behavior;
        assert_eq!(autoscaler.sync(0, 40), 8);
        autoscaler.history.resume();
        assert_eq!(autoscaler.sync(3600, 5), 8);
        assert_eq!(autoscaler.sync(299, 5), 8);
        assert_eq!(autoscaler.sync(2, 5), 1);
        autoscaler.history.resume();
        assert_eq!(autoscaler.sync(3600, 20), 4);
    }
}

#[test]
fn addition_waits_for_the_lowest_recommendation_of_its_window() {
    let rules = Rules {
        stabilization_window_seconds: Some(60),
        ..Rules::default()
    };
    let behavior = Behavior {
        scale_up: rules,
        ..Behavior::default()
    };
    let mut autoscaler = Autoscaler::at(4).with(behavior);
    assert_eq!(autoscaler.sync(0, 20), 4);
    assert_eq!(autoscaler.sync(15, 40), 4);
    assert_eq!(autoscaler.sync(46, 40), 8);
}

#[test]
fn policies_count_what_was_changed_in_their_period() {
    let rules = |policies, select_policy| Rules {
        policies,
        select_policy,
        stabilization_window_seconds: Some(0),
        ..Rules::default()
    };
    let pods = policy(PolicyKind::Pods, 3, 60);
    let percent = policy(PolicyKind::Percent, 100, 60);
    let up = |rules| Behavior {
        scale_up: rules,
        ..Behavior::default()
    };
    let run = |behavior: Behavior, current, value| {
        let mut autoscaler = Autoscaler::at(current).with(behavior);
        [0, 30, 29, 1].map(|s| autoscaler.sync(s, value))
    };
    let min = up(rules(vec![pods, percent], SelectPolicy::Min));
    assert_eq!(run(min, 10, 500), [13, 13, 13, 16]);
    let max = up(rules(vec![pods, percent], SelectPolicy::Max));
    assert_eq!(run(max, 10, 500), [20, 20, 20, 40]);
    let down = |rules| Behavior {
        scale_down: rules,
        ..Behavior::default()
    };
    let max = down(rules(
        vec![pods, policy(PolicyKind::Percent, 50, 60)],
        SelectPolicy::Max,
    ));
    assert_eq!(run(max, 20, 0), [10, 10, 10, 5]);
    let min = down(rules(
        vec![pods, policy(PolicyKind::Percent, 50, 60)],
        SelectPolicy::Min,
    ));
    assert_eq!(run(min, 20, 0), [17, 17, 17, 14]);
}

#[test]
fn a_disabled_direction_does_not_scale() {
    let off = Rules {
        select_policy: SelectPolicy::Disabled,
        ..Rules::default()
    };
    let behavior = Behavior {
        scale_up: off.clone(),
        scale_down: off,
    };
    let mut autoscaler = Autoscaler::at(5).with(behavior);
    assert_eq!([autoscaler.sync(0, 500), autoscaler.sync(400, 0)], [5, 5]);
}

#[test]
fn percentages_are_rounded_towards_more_replicas() {
    let rules = |value| Rules {
        policies: vec![policy(PolicyKind::Percent, value, 60)],
        stabilization_window_seconds: Some(0),
        ..Rules::default()
    };
    let up = Behavior {
        scale_up: rules(10),
        ..Behavior::default()
    };
    assert_eq!(Autoscaler::at(3).with(up).sync(0, 500), 4);
    let down = Behavior {
        scale_down: rules(10),
        ..Behavior::default()
    };
    // 4.5 of 5 would remain: 4, as Kubernetes cuts.
    assert_eq!(Autoscaler::at(5).with(down).sync(0, 0), 4);
}

#[test]
fn the_maximum_and_minimum_clamp_last() {
    let mut autoscaler = Autoscaler::at(6);
    autoscaler.bounds = (2, 8);
    let verdict = autoscaler.verdict(&[average(500, 5)]);
    assert_eq!(verdict.replicas, 8);
    assert_eq!(verdict.rules.last().unwrap().name, "TooManyReplicas");
    autoscaler.now = autoscaler.now.plus(Duration::from_secs(400));
    assert_eq!(autoscaler.verdict(&[average(0, 5)]).replicas, 2);
}
