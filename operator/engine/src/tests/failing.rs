use std::sync::Arc;
use std::time::Duration;

use operator_scaling::{Cause, spec};
use tokio::sync::Notify;

use super::world::*;
use crate::ObjectKey;

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_holds_the_target_and_says_why() {
    let world = World::new();
    let target = Target::at(0);
    world.sources.says("q", Says::Value(38));
    world.engine.apply(object("worker", "q", &target));
    world.until("worker", |s| s.wanted == Some(8)).await;

    world.sources.says("q", Says::Down);
    let before = world.seconds();
    let snapshot = world.until("worker", |s| s.counters.errors >= 60).await;
    assert!(world.seconds() - before > 600);
    assert_eq!((target.asked(), snapshot.wanted), (vec![1, 4, 8], Some(8)));
    assert_eq!(ready(&snapshot), "False/TriggerError");
    let decision = snapshot.decision().unwrap();
    assert_eq!(decision.decision.cause, Cause::Held);
    assert!(decision.summary.contains("Unreachable: connection refused"));
    let error = snapshot.last_error.as_ref().unwrap();
    assert_eq!(error.failure.reason, "Unreachable");

    world.sources.says("q", Says::Value(0));
    world.until("worker", |s| s.wanted == Some(0)).await;
}

#[tokio::test(start_paused = true)]
async fn a_failed_asking_is_tried_once_more_with_credentials_read_anew() {
    let world = World::new();
    let target = Target::at(1);
    world.sources.says("q", Says::Value(1));
    world.sources.secret("old");
    let trigger_source = source("redis", 0, &[("source", "q"), ("secret", "old")]);
    let mut object = object("worker", "q", &target);
    object.triggers = vec![trigger("redis", 0, trigger_source.clone())];
    world.engine.apply(object);
    world.polled("worker", 1).await;

    world.sources.secret("new");
    let mut changed = trigger_source.0.lock().unwrap().clone();
    changed.metadata.insert("secret".into(), "new".into());
    *trigger_source.0.lock().unwrap() = changed;
    let snapshot = world.polled("worker", 3).await;
    assert_eq!(
        (snapshot.counters.errors, world.sources.opened("q")),
        (0, 2)
    );
}

#[tokio::test(start_paused = true)]
async fn a_trigger_that_nobody_provides_makes_only_its_object_not_ready() {
    let world = World::new();
    let (one, other) = (Target::at(1), Target::at(1));
    world.sources.says("q", Says::Value(1));
    let mut wrong = object("wrong", "q", &one);
    wrong.triggers = vec![trigger(
        "unknown",
        0,
        source("unknown", 0, &[("source", "q")]),
    )];
    world.engine.apply(wrong);
    world.engine.apply(object("right", "q", &other));
    let snapshot = world.polled("wrong", 2).await;
    assert_eq!(ready(&snapshot), "False/ScaledObjectCheckFailed");
    let error = snapshot.last_error.as_ref().unwrap();
    assert_eq!(error.failure.message, "no scaler found for type: unknown");
    assert_eq!(
        ready(&*world.polled("right", 1).await),
        "True/ScaledObjectReady"
    );
}

#[tokio::test(start_paused = true)]
async fn a_parameter_that_the_source_refuses_makes_the_object_not_ready() {
    let world = World::new();
    let target = Target::at(1);
    world.sources.says("q", Says::Wrong);
    world.engine.apply(object("worker", "q", &target));
    let snapshot = world.polled("worker", 1).await;
    assert_eq!(ready(&snapshot), "False/ScaledObjectCheckFailed");
    assert_eq!(target.asked(), [0_u32; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_specification_that_contradicts_itself_is_told_and_can_be_mended() {
    let world = World::new();
    let target = Target::at(1);
    world.sources.says("q", Says::Value(1));
    let mut object = object("worker", "q", &target);
    object.spec.min_replicas = Some(11);
    world.engine.apply(object.clone());
    let snapshot = world.until("worker", |s| s.last_error.is_some()).await;
    assert_eq!(ready(&snapshot), "False/ScaledObjectCheckFailed");
    let error = world.engine.query(&object.key).await.unwrap_err();
    assert_eq!(error.reason(), "NotReady");
    object.spec.min_replicas = Some(2);
    world.engine.apply(object);
    world.until("worker", |s| s.wanted == Some(2)).await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_delays_only_its_own_object() {
    let world = World::new();
    let (one, other) = (Target::at(1), Target::at(0));
    world.sources.says("hung", Says::Hangs);
    world.sources.says("q", Says::Value(38));
    world.engine.apply(object("stuck", "hung", &one));
    world.engine.apply(object("worker", "q", &other));
    let snapshot = world.until("worker", |s| s.wanted == Some(8)).await;
    assert_eq!(snapshot.counters.missed, 0);
    let stuck = world
        .engine
        .snapshot(&ObjectKey::new("shop", "stuck"))
        .unwrap();
    assert_eq!(stuck.counters.polls, 0);
    assert!(
        world
            .engine
            .shutdown(Duration::from_secs(1))
            .await
            .unfinished
            .is_empty()
    );
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_starts_an_interval_late_is_counted_as_missed() {
    let world = World::new();
    let target = Target::at(1);
    let gate = Arc::new(Notify::new());
    world.sources.says("slow", Says::Waits(gate.clone(), 1));
    let mut object = object("worker", "slow", &target);
    object.spec.polling_interval = Duration::from_secs(10);
    world.engine.apply(object);
    while world.sources.asked("slow") == 0 {
        tokio::task::yield_now().await;
    }
    tokio::time::advance(Duration::from_secs(25)).await;
    world.sources.says("slow", Says::Value(1));
    gate.notify_one();
    let snapshot = world.polled("worker", 4).await;
    assert_eq!(snapshot.counters.missed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_crash_ends_no_other_object_and_the_task_starts_again() {
    let world = World::new();
    let (one, other) = (Target::at(3), Target::at(1));
    world.sources.says("bad", Says::Panics);
    world.sources.says("q", Says::Value(1));
    let mut crashing = object("crashing", "bad", &one);
    crashing.spec.cooldown = Duration::ZERO;
    world.engine.apply(crashing);
    world.engine.apply(object("worker", "q", &other));
    let snapshot = world.until("crashing", |s| s.counters.panics >= 4).await;
    assert_eq!(ready(&snapshot), "False/ScaledObjectCheckFailed");
    let error = snapshot.last_error.as_ref().unwrap();
    assert!(error.failure.message.contains("a bug in the scaler's host"));
    // 1 + 2 + 4 s between four crashes.
    assert_eq!(world.seconds(), 7);
    world.sources.says("bad", Says::Value(3));
    let snapshot = world.polled("crashing", 1).await;
    assert_eq!(ready(&snapshot), "True/ScaledObjectReady");
    assert_eq!(world.polled("worker", 2).await.counters.panics, 0);
    assert_eq!(one.asked(), [0_u32; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_refuses_is_told_and_asked_again() {
    let world = World::new();
    let target = Target::at(0);
    *target.refuses.lock().unwrap() = true;
    world.sources.says("q", Says::Value(1));
    world.engine.apply(object("worker", "q", &target));
    let snapshot = world.polled("worker", 1).await;
    let error = snapshot.last_error.as_ref().unwrap();
    assert_eq!(error.failure.message, "quota exceeded");
    assert_eq!(
        (snapshot.wanted, snapshot.state.last_active),
        (Some(0), None)
    );
    *target.refuses.lock().unwrap() = false;
    world.until("worker", |s| s.wanted == Some(1)).await;
    let events = world.events.0.lock().unwrap().clone();
    assert_eq!(
        events,
        [
            "KEDAScaleTargetActivationFailed",
            "KEDAScaleTargetActivated"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_fallback_takes_over_after_its_threshold() {
    let world = World::new();
    let target = Target::at(2);
    world.sources.says("q", Says::Down);
    let mut object = object("worker", "q", &target);
    object.spec.fallback = Some(spec::Fallback {
        failure_threshold: 3,
        replicas: 6,
        behavior: spec::FallbackBehavior::Static,
    });
    world.engine.apply(object);
    world.until("worker", |s| s.wanted == Some(6)).await;
    // Polls at 0 and 30 s and syncs at 15 and 45 s: the fourth failure exceeds three.
    assert_eq!(world.seconds(), 60);
    assert_eq!(target.asked(), [4, 6]);
}
