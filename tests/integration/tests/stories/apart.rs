//! One object's trouble is no other's.

use tests_integration::{Scene, World};

use crate::manifests::{idler, process, scaled_object, spool};

#[test]
fn a_dry_run_decides_and_explains_and_starts_nothing() {
    let scene = Scene::new();
    let object = scaled_object("files", "maxReplicaCount: 5", &[spool(&scene, 1, "")]);
    let worker = process(
        "files",
        "echo started >> $SCENE/started; exec sleep 600",
        "log: discard",
    );
    scene
        .spool(3)
        .manifest("object.yaml", &object)
        .manifest("process.yaml", &worker);
    let mut penstock = scene.start_with(&["--dry-run"]);
    let decided = |world: &World| {
        let object = world.object("files");
        object.is_some_and(|object| {
            object.dry_run && object.counters.polls > 2 && object.wanted == Some(1)
        })
    };
    let world = penstock.wait("decisions", decided);
    assert_eq!(world.ready("files"), 0);
    let explained = penstock.ask(&["explain", "files"]);
    assert_eq!(explained.code, Some(0));
    assert!(
        explained.printed.contains("0 -> 1"),
        "{}",
        explained.printed
    );
    let ended = penstock.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.all());
    assert!(!scene.path("started").exists());
    assert!(
        !scene.path("state").exists(),
        "nothing is remembered either"
    );
}

#[test]
fn a_program_that_cannot_be_started_is_an_error_of_its_object_alone() {
    let scene = Scene::new();
    let object = |name: &str| scaled_object(name, "maxReplicaCount: 2", &[spool(&scene, 1, "")]);
    let missing = "apiVersion: penstock.dev/v1alpha1\nkind: Process\nmetadata: {name: missing}\n\
                   spec: {command: [no-such-program-anywhere]}\n";
    scene
        .spool(2)
        .manifest(
            "missing.yaml",
            &format!("{}---\n{missing}", object("missing")),
        )
        .manifest(
            "good.yaml",
            &format!("{}---\n{}", object("good"), idler("good")),
        );
    let mut penstock = scene.start();
    let good = penstock.wait_for("good", 2, |_| true);
    assert_eq!(good.counters.errors, 0);
    let world = penstock.wait("the start has failed", |world| {
        world
            .process("missing")
            .is_some_and(|process| process.last_error.is_some())
    });
    let missing = world.process("missing").unwrap();
    assert_eq!(missing.ready, 0);
    let error = missing.last_error.clone().unwrap();
    assert!(error.contains("no-such-program-anywhere"), "{error}");
    assert_eq!(world.process("good").unwrap().last_error, None);

    // Who looks at the object alone is told as well.
    let said = penstock.ask(&["explain", "missing"]).printed;
    assert!(said.contains("! Process default/missing: 0 of "), "{said}");
    assert!(said.contains("no-such-program-anywhere"), "{said}");
    let well = penstock.ask(&["explain", "good"]).printed;
    assert!(!well.contains("no-such-program-anywhere"), "{well}");
    let status = penstock.ask(&["status"]);
    assert_eq!(status.code, Some(1), "{}", status.all());
    assert!(
        status.printed.contains("! Process default/missing: 0 of "),
        "{}",
        status.printed
    );
    penstock.wait_for("good", 2, |object| object.ready_replicas == Some(2));
    let metrics = penstock.metrics();
    let ready = |object| metrics.value("penstock_replicas_ready", &[("scaledObject", object)]);
    assert_eq!((ready("missing"), ready("good")), (0.0, 2.0));
    assert_eq!(penstock.stop().code, Some(0));
}

#[test]
fn a_target_that_needs_a_cluster_is_an_error_of_its_object_alone() {
    let scene = Scene::new();
    let trigger = spool(&scene, 1, "");
    let deployment = scaled_object(
        "cluster",
        "maxReplicaCount: 2",
        std::slice::from_ref(&trigger),
    )
    .replace("apiVersion: penstock.dev/v1alpha1, kind: Process, ", "");
    let good = scaled_object("good", "maxReplicaCount: 2", &[trigger]);
    scene
        .spool(2)
        .manifest("cluster.yaml", &deployment)
        .manifest("good.yaml", &format!("{good}---\n{}", idler("good")));
    let mut penstock = scene.start();
    penstock.wait_for("good", 2, |object| object.replicas == Some(2));
    let world = penstock.world();
    let cluster = world.object("cluster").unwrap();
    let error = cluster.error.clone().unwrap();
    assert_eq!(error.reason, "NeedsCluster");
    assert!(error.message.contains("Deployment"), "{error}");
    assert!(
        cluster.place.ends_with("cluster.yaml:1"),
        "{}",
        cluster.place
    );
    assert_eq!(world.object("good").unwrap().error, None);
    // The healthy one makes it ready; the other is told by the command's code.
    assert_eq!(penstock.get("/readyz").status, 200);
    let status = penstock.ask(&["status"]);
    assert_eq!(status.code, Some(1), "{}", status.all());
    assert!(status.printed.contains("Deployment"), "{}", status.printed);
}

#[test]
fn a_trigger_that_is_written_wrong_is_an_error_of_its_object_alone() {
    let scene = Scene::new();
    let wrong = scaled_object("wrong", "maxReplicaCount: 2", &[spool(&scene, 0, "")]);
    let unknown = "{type: no-such-source, metadata: {}}".to_string();
    let unknown = scaled_object("unknown", "maxReplicaCount: 2", &[unknown]);
    let good = scaled_object("good", "maxReplicaCount: 2", &[spool(&scene, 1, "")]);
    scene.spool(2);
    for (name, text) in [("wrong", wrong), ("unknown", unknown), ("good", good)] {
        scene.manifest(
            &format!("{name}.yaml"),
            &format!("{text}---\n{}", idler(name)),
        );
    }
    let mut penstock = scene.start();
    penstock.wait_for("good", 2, |_| true);
    let wrong = penstock.wait_for("wrong", 0, |object| object.last_error.is_some());
    assert!(wrong.condition("Ready").starts_with("False"), "{wrong:#?}");
    let error = wrong.last_error.unwrap();
    assert!(error.message.contains("filesPerReplica"), "{error:?}");
    let unknown = penstock.wait_for("unknown", 0, |object| object.last_error.is_some());
    let error = unknown.last_error.unwrap();
    assert!(error.message.contains("no-such-source"), "{error:?}");
    assert_eq!(scene.workers().count(), 2);
}
