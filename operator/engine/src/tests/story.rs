use std::sync::Arc;

use super::world::*;
use operator_scaling::{Cause, ConditionKind, ConditionStatus, Home, spec};

#[tokio::test(start_paused = true)]
async fn a_target_goes_from_zero_to_one_to_many_and_back_to_zero() {
    let world = World::new();
    let target = Target::at(0);
    world.sources.says("q", Says::Value(0));
    world.engine.apply(object("worker", "q", &target));
    world.polled("worker", 2).await;
    assert_eq!(target.asked(), [0_u32; 0]);

    world.sources.says("q", Says::Value(38));
    let snapshot = world.until("worker", |s| s.wanted == Some(8)).await;
    assert_eq!(target.asked(), [1, 4, 8]);
    let metric = &snapshot.triggers[0].metrics[0];
    assert_eq!((metric.name.as_str(), metric.value.is_ok()), ("s0-q", true));
    let causes: Vec<_> = snapshot
        .decisions
        .iter()
        .map(|d| d.decision.cause)
        .collect();
    assert!(causes.ends_with(&[Cause::Activated, Cause::Horizontal, Cause::Horizontal]));

    world.sources.says("q", Says::Value(0));
    let quiet_since = world.seconds();
    world.until("worker", |s| s.wanted == Some(0)).await;
    let after = world.seconds() - quiet_since;
    assert!((300..=345).contains(&after), "{after} s");
    let events = world.events.0.lock().unwrap().clone();
    assert_eq!(events.first().unwrap(), "KEDAScaleTargetActivated");
    assert_eq!(events.last().unwrap(), "KEDAScaleTargetDeactivated");
}

#[tokio::test(start_paused = true)]
async fn between_polls_the_builtin_autoscaler_asks_each_fifteen_seconds() {
    let world = World::new();
    let target = Target::at(2);
    world.sources.says("q", Says::Value(10));
    world.engine.apply(object("worker", "q", &target));
    let snapshot = world.polled("worker", 5).await;
    assert_eq!((world.seconds(), snapshot.counters.refreshes), (120, 4));
    // Nine times nothing is one entry, the latest.
    assert_eq!(snapshot.decisions.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn cached_metrics_are_asked_for_on_polls_only() {
    let world = World::new();
    let target = Target::at(2);
    world.sources.says("q", Says::Value(10));
    let mut object = object("worker", "q", &target);
    object.triggers[0].use_cached_metrics = true;
    world.engine.apply(object);
    world.until("worker", |s| s.counters.refreshes == 3).await;
    assert_eq!(world.sources.asked("q"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_decides_and_explains_but_touches_nothing() {
    let world = World::new();
    let target = Target::at(0);
    world.sources.says("q", Says::Value(38));
    let mut object = object("worker", "q", &target);
    object.dry_run = true;
    world.engine.apply(object);
    let snapshot = world.polled("worker", 3).await;
    assert_eq!(snapshot.decision().unwrap().summary, "0 -> 1: s0-q is 38");
    assert_eq!((target.asked(), snapshot.counters.scalings), (vec![], 0));
    assert!(
        world
            .engine
            .shutdown(std::time::Duration::from_secs(1))
            .await
            .unfinished
            .is_empty()
    );
    assert!(world.store.0.lock().unwrap().is_empty());
    assert!(world.events.0.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_paused_object_is_set_to_its_number_and_not_asked() {
    let world = World::new();
    let target = Target::at(1);
    world.sources.says("q", Says::Value(38));
    let mut paused = object("worker", "q", &target);
    world.engine.apply(paused.clone());
    world.polled("worker", 1).await;
    let asked = world.sources.asked("q");
    paused.spec.pause.full = Some(spec::FullPause::At(6));
    world.engine.apply(paused.clone());
    let snapshot = world.polled("worker", 4).await;
    assert_eq!(target.asked().last(), Some(&6));
    assert_eq!(
        (world.sources.asked("q"), world.sources.open("q")),
        (asked, 0)
    );
    let condition = snapshot.condition(ConditionKind::Paused).unwrap();
    assert_eq!(condition.status, ConditionStatus::True);
    paused.spec.pause.full = None;
    world.engine.apply(paused);
    world.until("worker", |s| s.wanted == Some(8)).await;
}

#[tokio::test(start_paused = true)]
async fn an_autoscalers_question_is_answered_with_values_that_are_fresh() {
    let world = World::new();
    let target = Target::at(2);
    world.sources.says("q", Says::Value(10));
    let mut object = object("worker", "q", &target);
    object.home = Home::Cluster;
    let key = object.key.clone();
    world.engine.apply(object);
    world.polled("worker", 1).await;
    let value = |values: Vec<operator_scaling::MetricValue>| values[0].value.clone().unwrap().0;
    assert_eq!(value(world.engine.query(&key).await.unwrap()), 10_000);
    assert_eq!(world.sources.asked("q"), 1);

    world.sources.says("q", Says::Value(20));
    tokio::time::advance(std::time::Duration::from_secs(16)).await;
    let (one, other) = tokio::join!(world.engine.query(&key), world.engine.query(&key));
    assert_eq!(
        (value(one.unwrap()), value(other.unwrap())),
        (20_000, 20_000)
    );
    assert_eq!(world.sources.asked("q"), 2);
    let nobody = crate::ObjectKey::new("shop", "nobody");
    assert_eq!(
        world.engine.query(&nobody).await.unwrap_err().reason(),
        "NotFound"
    );
}

#[tokio::test(start_paused = true)]
async fn use_of_cpu_is_measured_for_the_builtin_autoscaler_only() {
    let world = World::new();
    let target = Target::at(2);
    let mut object = object("worker", "q", &target);
    object.triggers = vec![cpu(Some(Arc::new(Busy)))];
    world.engine.apply(object.clone());
    world.until("worker", |s| s.wanted == Some(4)).await;
    object.key.name = "elsewhere".into();
    object.uid = "uid-elsewhere".into();
    object.home = Home::Cluster;
    object.triggers = vec![cpu(None)];
    world.engine.apply(object);
    let snapshot = world.polled("elsewhere", 2).await;
    assert_eq!(
        (snapshot.counters.errors, &snapshot.triggers[0].failure),
        (0, &None)
    );
    assert_eq!(ready(&snapshot), "True/ScaledObjectReady");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_can_be_written_as_json() {
    let world = World::new();
    world.sources.says("q", Says::Value(38));
    world.engine.apply(object("worker", "q", &Target::at(2)));
    let snapshot = world.polled("worker", 1).await;
    let json = serde_json::to_value(&*snapshot).unwrap();
    assert_eq!(
        json["decisions"][0]["summary"],
        "2 -> 4: s0-q is 38 at 5 a replica; ScaleUpLimit: the policies allow 4 now"
    );
    assert_eq!(json["triggers"][0]["metrics"][0]["value"]["Ok"], 38);
    assert_eq!(json["conditions"]["Ready"]["reason"], "ScaledObjectReady");
}
