//! Files are the interface: what is edited applies, what is broken is told and changes nothing.

use tests_integration::Scene;

use crate::manifests::{idler, process, scaled_object, spool};

#[test]
fn a_broken_edit_keeps_the_last_good_state_and_names_file_and_line() {
    let scene = Scene::new();
    let object = |spec: &str| scaled_object("files", spec, &[spool(&scene, 1, "")]);
    scene
        .spool(5)
        .manifest("object.yaml", &object("maxReplicaCount: 2"))
        .manifest("process.yaml", &idler("files"));
    let mut penstock = scene.start();
    penstock.wait_for("files", 2, |object| object.replicas == Some(2));
    let workers = scene.workers();

    // A value of the wrong type, on the fourth line.
    scene.manifest("object.yaml", &object("maxReplicaCount: many"));
    let broken = penstock.wait("the edit is refused", |world| !world.findings.is_empty());
    let place = format!("{}:4:", scene.text("manifests/object.yaml"));
    assert!(
        broken.findings[0].starts_with(&place),
        "{:?}",
        broken.findings
    );
    assert!(
        broken.findings[0].contains("maxReplicaCount"),
        "{:?}",
        broken.findings
    );
    let polls = broken.object("files").unwrap().counters.polls;
    let object_now = penstock.wait_for("files", 2, |object| object.counters.polls > polls + 2);
    assert_eq!(object_now.error, None);
    assert_eq!(scene.workers(), workers);
    let told = penstock.wait_for_log("manifest", 1);
    assert!(
        told.iter()
            .any(|event| event["finding"].as_str().unwrap().starts_with(&place))
    );
    let status = penstock.ask(&["status"]);
    assert!(status.printed.contains(&place), "{}", status.printed);

    // No YAML at all.
    scene.manifest("object.yaml", "spec: {\n");
    penstock.wait("another finding", |world| {
        let first = world.findings.first();
        first
            .is_some_and(|finding| !finding.starts_with(&place) && finding.contains("object.yaml:"))
    });
    let polls = object_now.counters.polls;
    penstock.wait_for("files", 2, |object| object.counters.polls > polls + 2);

    scene.manifest("object.yaml", &object("maxReplicaCount: 3"));
    penstock.wait_for("files", 3, |_| true);
    let mended = penstock.wait("no findings", |world| world.findings.is_empty());
    assert_eq!(mended.object("files").unwrap().error, None);
    assert_eq!(
        workers.still_running(),
        workers,
        "the first two were never touched"
    );
    assert_eq!(penstock.stop().code, Some(0));
}

#[test]
fn objects_come_and_go_with_their_files() {
    let scene = Scene::new();
    let object = |name: &str| scaled_object(name, "maxReplicaCount: 2", &[spool(&scene, 1, "")]);
    scene.spool(2).manifest(
        "first.yaml",
        &format!("{}---\n{}", object("first"), idler("first")),
    );
    let mut penstock = scene.start();
    penstock.wait_for("first", 2, |_| true);
    let workers = scene.workers();

    scene.manifest(
        "second.yaml",
        &format!("{}---\n{}", object("second"), idler("second")),
    );
    penstock.wait_for("second", 2, |_| true);
    assert_eq!(scene.workers().count(), 4);

    scene.remove_manifest("second.yaml");
    penstock.wait("the second is gone", |world| {
        world.object("second").is_none() && world.process("second").is_none()
    });
    tests_integration::eventually("its workers have ended", || {
        let now = scene.workers();
        match now == workers {
            true => Ok(()),
            false => Err(format!("{now:?}")),
        }
    });
    let first = penstock.wait_for("first", 2, |_| true);
    assert_eq!(first.counters.errors, 0);
}

#[test]
fn an_edited_process_exchanges_its_replicas() {
    let scene = Scene::new();
    let object = scaled_object("files", "maxReplicaCount: 2", &[spool(&scene, 1, "")]);
    let worker = |word: &str| {
        process(
            "files",
            &format!("echo {word} >> $SCENE/words; exec sleep 600"),
            "log: discard",
        )
    };
    scene
        .spool(2)
        .manifest("object.yaml", &object)
        .manifest("process.yaml", &worker("old"));
    let mut penstock = scene.start();
    penstock.wait_for("files", 2, |_| true);
    let old = scene.workers();
    scene.manifest("process.yaml", &worker("new"));
    tests_integration::eventually("the old workers have ended", || old.gone());
    penstock.wait_for("files", 2, |_| true);
    tests_integration::eventually("the new ones are there", || {
        let words = scene.lines("words");
        match words.iter().filter(|word| *word == "new").count() {
            2 => Ok(()),
            _ => Err(words.join(" ")),
        }
    });
}
