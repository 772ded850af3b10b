//! Several triggers, one formula, and a pause.

use tests_integration::Scene;
use tests_servers::Redis;

use crate::manifests::{idler, push, redis, scaled_object, spool};

const QUICK: &str =
    "horizontalPodAutoscalerConfig: {behavior: {scaleDown: {stabilizationWindowSeconds: 0}}}";

#[test]
fn a_formula_over_a_directory_and_a_list_scales() {
    let Some(server) = Redis::start(&[]) else {
        return;
    };
    let scene = Scene::new();
    let spec = format!(
        "cooldownPeriod: 1, maxReplicaCount: 9, advanced: {{{QUICK}, scalingModifiers: \
         {{formula: 'files + 2 * orders', target: '10', activationTarget: '4'}}}}"
    );
    let triggers = [
        spool(&scene, 1, ", name: files"),
        redis(&server.address(), 1, ", name: orders"),
    ];
    scene
        .spool(4)
        .manifest("object.yaml", &scaled_object("both", &spec, &triggers))
        .manifest("process.yaml", &idler("both"));
    let mut penstock = scene.start();
    let value = |object: &tests_integration::Object| {
        object
            .decisions
            .last()
            .and_then(|d| d.whole["formula"]["value"].as_i64())
    };
    // Four are not more than four.
    let idle = penstock.wait_for("both", 0, |object| object.counters.polls > 2);
    assert_eq!(value(&idle), Some(4000), "{:#?}", idle.decisions.last());
    push(&server, 1..=10);
    // 4 + 2 * 10 = 24 at 10 a replica.
    penstock.wait_for("both", 3, |object| value(object) == Some(24_000));
    let explained = penstock.ask(&["explain", "both"]).printed;
    assert!(explained.contains("files + 2 * orders"), "{explained}");
    assert!(
        explained.contains("files=4") && explained.contains("orders=10"),
        "{explained}"
    );
    server.run(&["DEL", "orders"]);
    scene.spool(0);
    penstock.wait_for("both", 0, |object| value(object) == Some(0));
}

#[test]
fn a_paused_annotation_holds_until_it_is_taken_away() {
    let scene = Scene::new();
    let object = scaled_object(
        "files",
        &format!("maxReplicaCount: 9, advanced: {{{QUICK}}}"),
        &[spool(&scene, 1, "")],
    );
    let paused = |annotation: &str| {
        let with = format!("{{name: files, annotations: {{autoscaling.keda.sh/{annotation}}}}}");
        object.replace("{name: files}\nspec", &format!("{with}\nspec"))
    };
    scene
        .spool(2)
        .manifest("object.yaml", &object)
        .manifest("process.yaml", &idler("files"));
    let mut penstock = scene.start();
    penstock.wait_for("files", 2, |object| {
        !object.condition("Paused").starts_with("True")
    });

    scene.manifest("object.yaml", &paused("paused: 'true'"));
    penstock.wait_for("files", 2, |object| {
        object.condition("Paused").starts_with("True")
    });
    let labels = [("scaledObject", "files")];
    assert_eq!(
        penstock
            .metrics()
            .value("keda_scaled_object_paused", &labels),
        1.0
    );
    scene.spool(5);
    let polls = penstock.wait_for("files", 2, |_| true).counters.polls;
    penstock.wait_for("files", 2, |object| object.counters.polls > polls + 2);

    scene.manifest("object.yaml", &paused("paused-replicas: '4'"));
    penstock.wait_for("files", 4, |object| {
        object.condition("Paused").starts_with("True")
    });

    scene.manifest("object.yaml", &object);
    penstock.wait_for("files", 5, |object| {
        object.condition("Paused").starts_with("False")
    });
    assert_eq!(
        penstock
            .metrics()
            .value("keda_scaled_object_paused", &labels),
        0.0
    );
}
