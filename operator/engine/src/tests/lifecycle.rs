use std::sync::Arc;
use std::time::Duration;

use runtime_types::Number;
use tokio::sync::Notify;

use super::world::*;
use crate::ObjectKey;

async fn asked(world: &World, source: &str, times: u32) {
    while world.sources.asked(source) < times {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_during_a_poll_loses_neither_the_poll_nor_the_state() {
    let world = World::new();
    let target = Target::at(1);
    let gate = Arc::new(Notify::new());
    world.sources.says("slow", Says::Waits(gate.clone(), 3));
    world.sources.says("second", Says::Value(0));
    let mut edited = object("worker", "slow", &target);
    world.engine.apply(edited.clone());
    asked(&world, "slow", 1).await;

    edited.spec.max_replicas = Some(3);
    edited.generation = 2;
    edited.triggers.push(trigger(
        "redis",
        1,
        source("redis", 1, &[("source", "second")]),
    ));
    world.engine.apply(edited.clone());
    world.sources.says("slow", Says::Value(3));
    gate.notify_one();
    let snapshot = world.polled("worker", 1).await;
    assert_eq!(
        snapshot.triggers[0].metrics[0].value,
        Ok(runtime_types::Number::Whole(3))
    );
    let active_at = snapshot.state.last_active;
    assert!(active_at.is_some());

    let snapshot = world.polled("worker", 2).await;
    assert_eq!(world.seconds(), 0);
    assert_eq!(snapshot.triggers.len(), 2);
    assert_eq!(snapshot.state.last_active, active_at);
    assert_eq!(
        (world.sources.opened("slow"), world.sources.opened("second")),
        (1, 1)
    );

    edited.triggers[1] = trigger("redis", 1, source("redis", 1, &[("source", "third")]));
    world.sources.says("third", Says::Value(0));
    edited.generation = 3;
    world.engine.apply(edited);
    world.polled("worker", 3).await;
    let open = ["slow", "second", "third"].map(|s| world.sources.open(s));
    assert_eq!((open, world.sources.opened("slow")), ([1, 0, 1], 1));
}

#[tokio::test(start_paused = true)]
async fn removal_closes_the_triggers_and_forgets_the_state() {
    let world = World::new();
    let target = Target::at(2);
    world.sources.says("q", Says::Value(8));
    world.engine.apply(object("worker", "q", &target));
    world.polled("worker", 1).await;
    assert_eq!(world.store.0.lock().unwrap().len(), 1);

    let key = ObjectKey::new("shop", "worker");
    let mut changes = world.engine.changes();
    changes.borrow_and_update();
    assert!(world.engine.remove(&key));
    changes.changed().await.unwrap();
    assert_eq!(world.sources.open("q"), 0);
    assert!(world.store.0.lock().unwrap().is_empty());
    assert_eq!(
        (world.engine.snapshot(&key), target.asked()),
        (None, vec![])
    );
    assert!(!world.engine.remove(&key));
}

#[tokio::test(start_paused = true)]
async fn a_hung_poll_does_not_hold_up_removal() {
    let world = World::new();
    world.sources.says("q", Says::Hangs);
    world.engine.apply(object("worker", "q", &Target::at(2)));
    asked(&world, "q", 1).await;
    let mut changes = world.engine.changes();
    changes.borrow_and_update();
    world.engine.remove(&ObjectKey::new("shop", "worker"));
    changes.changed().await.unwrap();
    assert_eq!(world.sources.open("q"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_restart_forgets_neither_the_cooldown_nor_the_windows() {
    let world = World::new();
    let target = Target::at(0);
    world.sources.says("q", Says::Value(8));
    world.engine.apply(object("worker", "q", &target));
    let before = world.until("worker", |s| s.wanted == Some(2)).await;
    assert!(
        world
            .engine
            .shutdown(Duration::from_secs(1))
            .await
            .unfinished
            .is_empty()
    );
    assert_eq!(world.sources.open("q"), 0);

    let again = world.restarted();
    again.sources.says("q", Says::Value(0));
    again.engine.apply(object("worker", "q", &target));
    let after = again.polled("worker", 1).await;
    assert_eq!(after.state.last_active, before.state.last_active);
    assert_eq!(after.wanted, Some(2));
    assert!(
        after
            .decision()
            .unwrap()
            .summary
            .contains("of the cooldown are left")
    );
}

#[tokio::test(start_paused = true)]
async fn a_restart_after_hours_takes_nothing_away_at_first() {
    let world = World::new();
    let target = Target::at(0);
    world.sources.says("q", Says::Value(40));
    world.engine.apply(object("worker", "q", &target));
    world.until("worker", |s| s.wanted == Some(8)).await;
    world.engine.shutdown(Duration::from_secs(1)).await;

    tokio::time::advance(Duration::from_secs(7200)).await;
    let again = world.restarted();
    again.sources.says("q", Says::Value(5));
    again.engine.apply(object("worker", "q", &target));
    let since = again.seconds();
    assert_eq!(again.polled("worker", 1).await.wanted, Some(8));
    again.until("worker", |s| s.wanted == Some(1)).await;
    let after = again.seconds() - since;
    assert!((300..=330).contains(&after), "{after} s");
}

#[tokio::test(start_paused = true)]
async fn another_object_under_the_same_key_starts_anew() {
    let world = World::new();
    let target = Target::at(1);
    world.sources.says("q", Says::Value(3));
    let mut other = object("worker", "q", &target);
    world.engine.apply(other.clone());
    world.polled("worker", 2).await;
    other.uid = "uid-second".into();
    world.engine.apply(other);
    let snapshot = world
        .until("worker", |s| s.uid == "uid-second" && s.counters.polls > 0)
        .await;
    assert_eq!(snapshot.counters.polls, 1);
    assert_eq!((world.sources.open("q"), world.sources.opened("q")), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn an_object_of_another_process_is_left_alone_until_it_is_ours() {
    let world = World::new();
    let target = Target::at(0);
    world.sources.says("q", Says::Value(3));
    let peer = "10.0.0.7:9666".to_string();
    world
        .owners
        .0
        .lock()
        .unwrap()
        .insert("uid-worker".into(), peer.clone());
    let object = object("worker", "q", &target);
    world.engine.apply(object.clone());
    let snapshot = world.until("worker", |s| s.peer.is_some()).await;
    assert_eq!(
        (snapshot.peer.as_ref(), world.sources.asked("q")),
        (Some(&peer), 0)
    );
    let error = world.engine.query(&object.key).await.unwrap_err();
    assert_eq!(error.to_string(), format!("the object is run at {peer}"));
    world.owners.0.lock().unwrap().clear();
    let snapshot = world.until("worker", |s| s.wanted == Some(1)).await;
    assert_eq!(snapshot.peer, None);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_is_bounded_and_says_what_it_left() {
    let world = World::new();
    let target = Target::at(0);
    *target.hangs.lock().unwrap() = true;
    world.sources.says("q", Says::Value(3));
    world.engine.apply(object("worker", "q", &target));
    world.engine.apply(object("other", "q", &Target::at(1)));
    world.polled("other", 1).await;
    let left = world.engine.shutdown(Duration::from_secs(5)).await;
    assert_eq!(left.unfinished, [ObjectKey::new("shop", "worker")]);
    assert_eq!(world.seconds(), 5);
}

#[tokio::test(start_paused = true)]
async fn snapshots_come_in_the_order_of_their_keys() {
    let world = World::new();
    world.sources.says("q", Says::Value(3));
    for name in ["b", "a", "c"] {
        world.engine.apply(object(name, "q", &Target::at(1)));
        world.polled(name, 1).await;
    }
    let names: Vec<_> = world
        .engine
        .snapshots()
        .iter()
        .map(|s| s.key.name.clone())
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_edited_is_not_polled_again() {
    let world = World::new();
    world.sources.says("q", Says::Value(0));
    let same = object("worker", "q", &Target::at(0));
    world.engine.apply(same.clone());
    world.polled("worker", 1).await;
    world.engine.apply(same);
    world.polled("worker", 2).await;
    assert_eq!(world.seconds(), 30);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_comes_back_at_once_starts_when_the_one_before_is_gone() {
    let world = World::new();
    world.sources.says("q", Says::Value(3));
    let same = object("worker", "q", &Target::at(1));
    world.engine.apply(same.clone());
    let before = world.polled("worker", 1).await;
    assert!(before.state.last_active.is_some());
    world.engine.remove(&same.key);
    world.sources.says("q", Says::Value(0));
    world.engine.apply(same);
    let after = world.polled("worker", 1).await;
    assert_eq!((after.state.last_active, after.counters.polls), (None, 1));
    assert_eq!(world.sources.open("q"), 1);
    assert_eq!(world.store.0.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_scaler_replaced_while_it_runs_brings_its_own_targets() {
    let world = World::new();
    world.sources.says("q", Says::Value(10));
    world.engine.apply(object("worker", "q", &Target::at(2)));
    let before = world.polled("worker", 1).await;
    assert_eq!(before.triggers[0].metrics[0].target, Number::Whole(5));
    world.sources.another_build(7);
    let after = world.polled("worker", 2).await;
    assert_eq!(after.triggers[0].metrics[0].target, Number::Whole(7));
    assert_eq!(
        world.sources.opened("q"),
        1,
        "nothing was opened again for it"
    );
}
