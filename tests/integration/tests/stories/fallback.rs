//! Fallback: the user's own word on what unknown means.

use tests_integration::Scene;

use crate::manifests::{idler, redis, scaled_object};

/// Nobody listens there, and nobody but root could.
const DEAD: &str = "127.0.0.1:1";

#[test]
fn a_dead_source_ends_at_the_replicas_of_the_fallback() {
    let scene = Scene::new();
    let spec = "maxReplicaCount: 5, fallback: {failureThreshold: 1, replicas: 3}";
    scene
        .manifest(
            "object.yaml",
            &scaled_object("orders", spec, &[redis(DEAD, 1, "")]),
        )
        .manifest("process.yaml", &idler("orders"));
    let mut penstock = scene.start();
    let fallen = penstock.wait_for("orders", 3, |object| {
        object.condition("Fallback") == "True FallbackExists"
    });
    assert_eq!(fallen.wanted, Some(3), "{fallen:#?}");
    let polls = fallen.counters.polls;
    penstock.wait_for("orders", 3, |object| object.counters.polls > polls + 2);
    let explained = penstock.ask(&["explain", "orders"]).printed;
    assert!(explained.contains("fallback"), "{explained}");
    assert_eq!(scene.workers().count(), 3);
}

#[test]
fn without_a_fallback_a_dead_source_starts_nothing() {
    let scene = Scene::new();
    scene
        .manifest(
            "object.yaml",
            &scaled_object("orders", "maxReplicaCount: 5", &[redis(DEAD, 1, "")]),
        )
        .manifest("process.yaml", &idler("orders"));
    let mut penstock = scene.start();
    let object = penstock.wait_for("orders", 0, |object| object.counters.polls >= 4);
    assert_eq!(object.wanted, Some(0), "{object:#?}");
    assert_eq!(object.condition("Fallback"), "False NoFallbackFound");
    assert_eq!(object.last_error.unwrap().reason, "Unreachable");
}
