//! A scaler is exchanged while its triggers are polled.

use std::fs;

use tests_integration::{Penstock, Scene, eventually, scalers_folder};

use crate::manifests::{idler, scaled_object, spool};

/// The component with a custom section behind it: it does the same and is another one.
fn another_build_of(component: &[u8]) -> Vec<u8> {
    let mut bytes = component.to_vec();
    let name = b"build";
    let length = u8::try_from(name.len()).unwrap();
    bytes.extend([0, length + 1, length]);
    bytes.extend(name);
    bytes
}

/// Whether each component that was loaded took another's place, with its digest.
fn loaded(penstock: &Penstock) -> Vec<(bool, String)> {
    let events = penstock.log_events("scaler component loaded");
    let event = |event: &serde_json::Value| {
        let replaced = event["replaced"].as_bool().unwrap();
        (replaced, event["digest"].to_string())
    };
    events.iter().map(event).collect()
}

#[test]
fn replacing_a_component_swaps_it_with_no_poll_missed_or_failed() {
    let scene = Scene::new();
    let scalers = scene.path("scalers");
    fs::create_dir(&scalers).unwrap();
    let file = scalers.join("spool.wasm");
    fs::copy(scalers_folder().join("spool.wasm"), &file).unwrap();
    scene.spool(2);
    let trigger = spool(&scene, 1, "");
    // Time enough to compile on a machine that is busy: a poll is missed when it is an interval late.
    let object = scaled_object("files", "maxReplicaCount: 4", &[trigger])
        .replace("pollingInterval: 1,", "pollingInterval: 3,");
    scene
        .manifest("object.yaml", &object)
        .manifest("process.yaml", &idler("files"));
    let mut penstock = scene.start_with(&["--scalers", &scalers.display().to_string()]);
    let before = penstock.wait_for("files", 2, |object| object.value() == Some(2.0));
    let workers = scene.workers();
    let again = penstock.wait_for("files", 2, |o| o.counters.polls > before.counters.polls + 1);
    let earlier = again.counters;

    let new = scalers.join("spool.new");
    let replace = |bytes: &[u8]| {
        // As package managers do it: beside, then over.
        fs::write(&new, bytes).unwrap();
        fs::rename(&new, &file).unwrap();
    };
    replace(&another_build_of(&fs::read(&file).unwrap()));
    eventually(
        "the other build is loaded",
        || match loaded(&penstock)[..] {
            [(false, ref first), (true, ref second)] if first != second => Ok(()),
            ref other => Err(format!("{other:?}")),
        },
    );
    scene.spool(4);
    let swapped = penstock.wait_for("files", 4, |object| object.value() == Some(4.0));
    let after = penstock.wait_for("files", 4, |o| {
        o.counters.polls > swapped.counters.polls + 2
    });
    assert_eq!(after.counters.missed, earlier.missed, "{after:#?}");
    assert_eq!(after.counters.errors, 0, "{after:#?}");
    assert_eq!(after.counters.panics, 0);
    assert_eq!(workers.still_running(), workers, "nothing was dropped");

    // A file that is no component leaves the one before it.
    replace(b"not a component");
    let polls = after.counters.polls;
    let kept = penstock.wait_for("files", 4, |object| object.counters.polls > polls + 2);
    assert_eq!(kept.value(), Some(4.0));
    assert_eq!(kept.counters.errors, 0);
    assert_eq!(
        penstock.wait_for_log("scaler component refused", 1).len(),
        1
    );
}
