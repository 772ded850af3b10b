//! Penstock opens as many files as it may; what it starts begins with the limit that penstock was
//! given.

use std::fs;

use tests_integration::{Penstock, Scene, eventually};

use crate::manifests::{process, scaled_object, spool};

/// Soft and hard, as the kernel tells them of a process.
fn limits(penstock: &Penstock) -> (String, String) {
    let text = fs::read_to_string(format!("/proc/{}/limits", penstock.id())).unwrap();
    let line = text.lines().find(|line| line.starts_with("Max open files"));
    let mut words = line.unwrap().split_whitespace().skip(3);
    let mut next = || words.next().unwrap().to_string();
    (next(), next())
}

fn one_that_says_its_limits(scene: &Scene) {
    let script = "echo $(ulimit -Sn) $(ulimit -Hn) >> $SCENE/limits; exec sleep 600";
    scene.spool(1);
    let trigger = spool(scene, 1, "");
    scene
        .manifest(
            "object.yaml",
            &scaled_object("worker", "maxReplicaCount: 1", &[trigger]),
        )
        .manifest(
            "process.yaml",
            &process("worker", script, "terminationGracePeriodSeconds: 5"),
        );
}

#[test]
fn penstock_takes_the_hard_limit_and_replicas_get_the_soft_one() {
    let scene = Scene::new();
    one_that_says_its_limits(&scene);
    let mut penstock = scene.start_limited(300, 9000);
    penstock.wait_for("worker", 1, |_| true);
    let said = eventually("the replica says its limits", || {
        scene
            .lines("limits")
            .pop()
            .ok_or_else(|| "nothing".to_string())
    });
    assert_eq!(limits(&penstock), ("9000".into(), "9000".into()));
    assert_eq!(said, "300 9000");
    let ended = penstock.stop();
    assert!(!ended.log.contains("limit of open files"), "{}", ended.log);
}

#[test]
fn a_hard_limit_that_is_low_is_told() {
    let scene = Scene::new();
    let penstock = scene.start_limited(200, 400);
    let warned = eventually("the limit is told", || {
        let events = penstock.log();
        match events
            .lines()
            .find(|line| line.contains("limit of open files is low"))
        {
            Some(line) => Ok(line.to_string()),
            None => Err(events),
        }
    });
    assert!(
        warned.contains("\"limit\":400") && warned.contains("WARN"),
        "{warned}"
    );
    assert_eq!(limits(&penstock), ("400".into(), "400".into()));
    penstock.stop();
}
