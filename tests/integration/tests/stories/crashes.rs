//! Workers that crash.

use tests_integration::Scene;

use crate::manifests::{process, scaled_object, spool};

#[test]
fn a_worker_that_crashes_is_started_again_with_longer_and_longer_pauses_and_counted() {
    let scene = Scene::new();
    let worker = process(
        "files",
        "date +%s%N >> $SCENE/starts; exit 1",
        "log: discard",
    );
    let object = scaled_object("files", "maxReplicaCount: 1", &[spool(&scene, 1, "")]);
    scene
        .spool(1)
        .manifest("object.yaml", &object)
        .manifest("process.yaml", &worker);
    let mut penstock = scene.start();
    let world = penstock.wait("four crashes", |world| {
        world
            .process("files")
            .is_some_and(|process| process.restarts >= 4)
    });
    let process = world.process("files").unwrap();
    assert_eq!(process.wanted, 1);
    assert_eq!(process.last_error.as_deref(), Some("exited with code 1"));
    let starts: Vec<u64> = scene
        .lines("starts")
        .iter()
        .map(|line| line.parse().unwrap())
        .collect();
    let pauses: Vec<u64> = starts
        .windows(2)
        .map(|two| (two[1] - two[0]) / 1_000_000)
        .collect();
    for (pause, at_least) in pauses.iter().zip([1000, 2000, 4000]) {
        assert!(*pause >= at_least, "{pauses:?} milliseconds");
    }
    assert!(pauses.len() >= 3, "{pauses:?}");
    penstock.wait_for_log("replica ended", 4);
    let ended = penstock.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.all());
}
