//! What penstock remembers from one run to the next.

use tests_integration::{Ended, Object, Penstock, Scene};

use crate::manifests::{idler, scaled_object, spool};

/// Three replicas whose work is done, and who wait for a cooldown of an hour.
fn cooling(scene: &Scene) -> (Penstock, u64) {
    let object = scaled_object("files", "cooldownPeriod: 3600", &[spool(scene, 1, "")]);
    scene
        .spool(3)
        .manifest("object.yaml", &object)
        .manifest("process.yaml", &idler("files"));
    let mut penstock = scene.start();
    penstock.wait_for("files", 3, |object| object.wanted == Some(3));
    scene.spool(0);
    let object = penstock.wait_for("files", 3, |object| cooldown_left(object).is_some());
    (penstock, cooldown_left(&object).unwrap())
}

/// Seconds that the last decision says are left.
fn cooldown_left(object: &Object) -> Option<u64> {
    let activation = &object.decisions.last()?.whole["activation"];
    activation["cooldown_left"]["secs"]
        .as_u64()
        .or(activation["cooldownLeft"]["secs"].as_u64())
}

/// Starts it again: as many replicas as before, and the cooldown goes on where it was.
fn goes_on(scene: &Scene, left: u64) {
    let mut penstock = scene.start();
    let object = penstock.wait_for("files", 3, |object| cooldown_left(object).is_some());
    let now = cooldown_left(&object).unwrap();
    assert!(now <= left, "{now} seconds are left of {left}");
    assert!(now > 3000, "{now}");
    assert_eq!(object.wanted, Some(3));
    let polls = object.counters.polls;
    penstock.wait_for("files", 3, |object| object.counters.polls > polls + 3);
    assert_eq!(penstock.stop().code, Some(0));
}

#[test]
fn replicas_and_cooldown_continue_after_a_restart() {
    let scene = Scene::new();
    let (penstock, left) = cooling(&scene);
    assert_eq!(penstock.stop().code, Some(0));
    goes_on(&scene, left);
    // Without what is remembered there is nothing to hold.
    std::fs::remove_dir_all(scene.path("state")).unwrap();
    let mut penstock = scene.start();
    let object = penstock.wait_for("files", 0, |object| object.counters.polls > 2);
    assert_eq!(object.wanted, Some(0));
}

#[test]
fn replicas_and_cooldown_continue_after_penstock_was_killed() {
    let scene = Scene::new();
    let (penstock, left) = cooling(&scene);
    penstock.kill();
    goes_on(&scene, left);
}

#[test]
fn a_second_penstock_on_the_same_state_directory_is_refused() {
    let scene = Scene::new();
    let object = scaled_object("files", "maxReplicaCount: 2", &[spool(&scene, 1, "")]);
    scene
        .spool(1)
        .manifest("object.yaml", &object)
        .manifest("process.yaml", &idler("files"));
    let mut first = scene.start();
    first.wait_for("files", 1, |_| true);
    let (manifests, state) = (scene.text("manifests"), scene.text("state"));
    let second = Ended::of(scene.penstock(&[
        "run",
        "-f",
        &manifests,
        "--state-dir",
        &state,
        "--admin",
        "127.0.0.1:0",
    ]));
    assert_eq!(second.code, Some(2), "{}", second.all());
    for word in [
        &state,
        "in use by another penstock",
        "--state-dir",
        &first.id().to_string(),
    ] {
        assert!(second.log.contains(word), "{word}: {}", second.log);
    }
    let object = first.wait_for("files", 1, |object| object.error.is_none());
    assert_eq!(object.counters.errors, 0);
    // One that only looks may look.
    let mut dry = scene.start_with(&["--dry-run"]);
    dry.wait("a decision", |world| {
        world
            .object("files")
            .is_some_and(|object| object.wanted == Some(1))
    });
    assert_eq!(dry.stop().code, Some(0));
    assert_eq!(first.stop().code, Some(0));
}
