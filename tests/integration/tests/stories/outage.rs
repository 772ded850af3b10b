//! A source that stops answering is unknown, not empty.

use tests_integration::Scene;
use tests_servers::Redis;

use crate::manifests::{idler, push, redis, scaled_object};

#[test]
fn stopping_redis_holds_the_replicas_and_says_so_and_starting_it_resumes() {
    let Some(mut server) = Redis::start(&[]) else {
        return;
    };
    push(&server, 1..=3);
    let scene = Scene::new();
    // Without work the replicas would be gone a second later, and the held ones are kept longer.
    let spec = "cooldownPeriod: 1, maxReplicaCount: 5, advanced: {horizontalPodAutoscalerConfig: \
                {behavior: {scaleDown: {stabilizationWindowSeconds: 0}}}}";
    let object = scaled_object("orders", spec, &[redis(&server.address(), 1, "")]);
    scene
        .manifest("object.yaml", &object)
        .manifest("process.yaml", &idler("orders"));
    let mut penstock = scene.start();
    let before = penstock.wait_for("orders", 3, |object| object.value() == Some(3.0));
    let workers = scene.workers();
    assert_eq!(workers.count(), 3);
    let labels = [("namespace", "default"), ("scaledObject", "orders")];
    assert_eq!(
        penstock
            .metrics()
            .value("keda_scaler_metrics_value", &labels),
        3.0
    );

    server.stop();
    let held = penstock.wait_for("orders", 3, |object| object.cause() == "Held");
    let first = held.counters.polls;
    let held = penstock.wait_for("orders", 3, |object| {
        assert_eq!(
            (object.replicas, object.wanted),
            (Some(3), Some(3)),
            "{object:#?}"
        );
        object.counters.polls >= first + 5
    });
    assert_eq!(scene.workers(), workers, "they are the same processes");
    assert_eq!(held.cause(), "Held");
    let unknown = held.triggers[0].metrics[0].unknown.clone().unwrap();
    assert_eq!(unknown.reason, "Unreachable");
    let why = format!("Unreachable: {}: connection refused", server.address());
    assert!(
        held.summary().starts_with("stays at 3"),
        "{}",
        held.summary()
    );
    assert!(held.summary().contains(&why), "{}", held.summary());
    assert!(held.counters.errors >= before.counters.errors + 5);
    assert_eq!(held.last_error.unwrap().reason, "Unreachable");

    let explained = penstock.ask(&["explain", "orders"]);
    assert_eq!(explained.code, Some(0), "{}", explained.all());
    for word in ["3 -> 3", "Held", "Unreachable", &server.address()] {
        assert!(
            explained.printed.contains(word),
            "{word}: {}",
            explained.printed
        );
    }
    let metrics = penstock.metrics();
    assert_eq!(
        metrics.values("keda_scaler_metrics_value", &labels).len(),
        0,
        "unknown is no number"
    );
    assert!(metrics.value("keda_scaled_object_errors_total", &labels) >= 5.0);
    assert_eq!(metrics.value("penstock_replicas", &labels), 3.0);
    let log = penstock.log();
    assert!(log.contains("Unreachable"), "{log}");

    server.restart();
    push(&server, 1..=5);
    let resumed = penstock.wait_for("orders", 5, |object| object.value() == Some(5.0));
    assert_eq!(resumed.condition("Active"), "True ScalerActive");
    let all = scene.workers();
    assert_eq!(
        workers.still_running().and(&all),
        all,
        "the first three are among them"
    );
    server.run(&["DEL", "orders"]);
    penstock.wait_for("orders", 0, |object| object.wanted == Some(0));
    assert_eq!(penstock.stop().code, Some(0));
}
