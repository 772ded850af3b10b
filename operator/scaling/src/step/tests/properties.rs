//! What holds for every situation.

use proptest::prelude::*;

use super::*;
use crate::spec::{Behavior, Pause, Policy, PolicyKind, Rules, SelectPolicy};

fn sample() -> impl Strategy<Value = Result<Number, Failure>> {
    prop_oneof![
        (0_i64..10_000).prop_map(|n| Ok(Number::Whole(n))),
        any::<f64>().prop_map(|x| Ok(Number::Real(x))),
        Just(Err(down())),
    ]
}

fn rules() -> impl Strategy<Value = Rules> {
    let kind = prop_oneof![Just(PolicyKind::Pods), Just(PolicyKind::Percent)];
    let policy = (kind, 1_u32..200, 1_u32..1800).prop_map(|(kind, value, period_seconds)| Policy {
        kind,
        value,
        period_seconds,
    });
    let select = prop_oneof![
        Just(SelectPolicy::Max),
        Just(SelectPolicy::Min),
        Just(SelectPolicy::Disabled)
    ];
    let window = prop::option::of(0_u32..3600);
    (
        window,
        prop::collection::vec(policy, 0..3),
        select,
        prop::option::of(0.0..2.0),
    )
        .prop_map(|(window, policies, select_policy, tolerance)| Rules {
            stabilization_window_seconds: window,
            policies,
            select_policy,
            tolerance,
        })
}

fn spec() -> impl Strategy<Value = ScalingSpec> {
    let bounds = (
        0_u32..5,
        5_u32..50,
        prop::option::of(Just(0_u32)),
        0_u64..600,
    );
    let behavior = prop::option::of((rules(), rules()));
    (bounds, behavior, any::<(bool, bool, bool)>()).prop_map(|(bounds, behavior, pause)| {
        ScalingSpec {
            min_replicas: Some(bounds.0),
            max_replicas: Some(bounds.1),
            idle_replicas: bounds.2,
            cooldown: Duration::from_secs(bounds.3),
            behavior: behavior.map(|(scale_up, scale_down)| Behavior {
                scale_up,
                scale_down,
            }),
            pause: Pause {
                full: None,
                scale_in: pause.0,
                scale_out: pause.1,
                force_activation: pause.2,
            },
            ..ScalingSpec::default()
        }
    })
}

fn tick() -> impl Strategy<Value = Tick> {
    prop_oneof![
        Just(Tick::Poll),
        Just(Tick::Sync),
        Just(Tick::PollAndSync),
        Just(Tick::Query)
    ]
}

/// What a tick is for, seconds since the one before, a sample for each trigger.
type Point = (Tick, u64, Vec<Result<Number, Failure>>);

fn run() -> impl Strategy<Value = Vec<Point>> {
    let point = (tick(), 1_u64..600, prop::collection::vec(sample(), 2));
    prop::collection::vec(point, 1..40)
}

/// Runs a story and calls `check` with the spec's bounds, the replicas before and the step.
fn story(spec: &ScalingSpec, run: &[Point], mut check: impl FnMut(&Inputs, &State, &Step)) {
    let plan = Plan::new(spec.clone(), Home::Builtin, ["t0", "t1"]).unwrap();
    let mut state = State::default();
    let mut case = at(spec.horizontal_min()).trigger(Ok(0)).trigger(Ok(0));
    for (tick, seconds, samples) in run {
        case.inputs.tick = *tick;
        case.inputs.now = case.inputs.now.plus(Duration::from_secs(*seconds));
        for (trigger, sample) in case.inputs.triggers.iter_mut().zip(samples) {
            let TriggerKind::External(e) = &mut trigger.kind else {
                panic!()
            };
            e.metrics[0].sample = sample.clone();
        }
        let step = plan.step(&state, &case.inputs);
        check(&case.inputs, &state, &step);
        if let Some(action) = &step.action {
            case.inputs.replicas = Ok(Replicas::settled(action.to));
        }
        state = step.state;
    }
}

proptest! {
    #[test]
    fn replicas_are_zero_idle_or_between_the_bounds(spec in spec(), run in run()) {
        story(&spec, &run, |_, _, step| {
            if let Some(to) = step.to() {
                let bounds = spec.horizontal_min()..=spec.horizontal_max();
                assert!(to == 0 || bounds.contains(&to), "{to} of {bounds:?}");
            }
        });
    }

    #[test]
    fn what_is_not_known_never_takes_replicas_away(spec in spec(), run in run()) {
        story(&spec, &run, |inputs, _, step| {
            let failed = step.metrics.iter().any(|m| m.value.is_err());
            let before = inputs.replicas.as_ref().unwrap().wanted;
            if let Some(to) = step.to().filter(|_| failed) {
                assert!(to >= before, "{before} to {to}: {}", step.explanation.summary);
            }
        });
    }

    #[test]
    fn equal_inputs_give_equal_steps_and_the_state_survives_being_stored(
        spec in spec(),
        run in run(),
    ) {
        let plan = Plan::new(spec.clone(), Home::Builtin, ["t0", "t1"]).unwrap();
        story(&spec, &run, |inputs, state, step| {
            let text = serde_json::to_string(state).unwrap();
            let stored: State = serde_json::from_str(&text).unwrap();
            assert_eq!(&stored, state);
            // Compared as text, since a sample that is NaN does not equal itself.
            assert_eq!(format!("{:?}", plan.step(&stored, inputs)), format!("{step:?}"));
        });
    }

    #[test]
    fn every_step_is_told_in_one_line(spec in spec(), run in run()) {
        story(&spec, &run, |_, _, step| {
            let summary = &step.explanation.summary;
            assert!(!summary.is_empty() && !summary.contains('\n'), "{summary:?}");
        });
    }
}
