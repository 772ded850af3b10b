//! A password on its way from a Secret to the server, and nowhere else.

use std::fs;
use std::path::{Path, PathBuf};

use tests_integration::{Scene, eventually};
use tests_servers::Redis;

use crate::manifests::{idler, redis, scaled_object};

const RIGHT: &str = "correct-horse-battery";
const WRONG: &str = "wrong-horse-battery";

fn secret(password: &str) -> String {
    format!(
        "apiVersion: v1\n\
         kind: Secret\n\
         metadata: {{name: redis}}\n\
         stringData: {{password: {password}}}\n\
         ---\n\
         apiVersion: keda.sh/v1alpha1\n\
         kind: TriggerAuthentication\n\
         metadata: {{name: redis}}\n\
         spec: {{secretTargetRef: [{{parameter: password, name: redis, key: password}}]}}\n"
    )
}

/// The texts of all files in the folder and in those below it.
fn files_below(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let text = |path: PathBuf| match path.is_dir() {
        true => files_below(&path),
        false => vec![fs::read_to_string(path).unwrap()],
    };
    entries.flat_map(text).collect()
}

#[test]
fn editing_a_secret_from_the_wrong_to_the_right_password_heals_and_neither_is_ever_shown() {
    let Some(server) = Redis::start(&["--requirepass", RIGHT]) else {
        return;
    };
    server.run(&["-a", RIGHT, "RPUSH", "orders", "a", "b", "c"]);
    let scene = Scene::new();
    let trigger = redis(&server.address(), 1, ", authenticationRef: {name: redis}");
    scene
        .manifest(
            "object.yaml",
            &scaled_object("orders", "maxReplicaCount: 3", &[trigger]),
        )
        .manifest("process.yaml", &idler("orders"))
        .manifest("secret.yaml", &secret(WRONG));
    // Debug, so that what the log says in its chattiest moments is looked at too.
    let mut penstock = scene.start_with(&["--log", "debug"]);
    let refused = penstock.wait_for("orders", 0, |object| object.last_error.is_some());
    let error = refused.last_error.clone().unwrap();
    assert_eq!(error.reason, "Unauthenticated", "{refused:#?}");
    assert_eq!(refused.triggers[0].metrics[0].value, None);
    let mut shown = vec![
        penstock.get("/api/v1/objects").body,
        penstock.get("/metrics").body,
    ];
    for arguments in [&["explain", "orders"][..], &["status"]] {
        for output in ["text", "json"] {
            shown.push(penstock.ask(&[arguments, &["-o", output]].concat()).all());
        }
    }

    scene.manifest("secret.yaml", &secret(RIGHT));
    let healed = penstock.wait_for("orders", 3, |object| object.value() == Some(3.0));
    assert_eq!(healed.condition("Ready"), "True ScaledObjectReady");
    let errors = healed.counters.errors;
    penstock.wait_for("orders", 3, |object| {
        assert_eq!(object.counters.errors, errors, "{object:#?}");
        object.counters.polls > healed.counters.polls + 2
    });
    shown.extend([
        penstock.get("/api/v1/objects").body,
        penstock.get("/metrics").body,
    ]);
    shown.push(
        penstock
            .ask(&["explain", "orders", "--last", "20", "-o", "json"])
            .all(),
    );
    let ended = penstock.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.all());
    shown.push(ended.all());
    let state = files_below(&scene.path("state"));
    assert!(state.len() >= 2, "something is remembered");
    shown.extend(state);
    assert!(
        ended.log.contains("Unauthenticated"),
        "it said what it could: {}",
        ended.log
    );
    for text in shown {
        for password in [RIGHT, WRONG] {
            assert!(!text.contains(password), "{password} is shown: {text}");
        }
    }
}

#[test]
fn a_secret_that_is_missing_is_noticed_and_helps_once_it_is_there() {
    let Some(server) = Redis::start(&["--requirepass", RIGHT]) else {
        return;
    };
    server.run(&["-a", RIGHT, "RPUSH", "orders", "a"]);
    let scene = Scene::new();
    let trigger = redis(&server.address(), 1, ", authenticationRef: {name: redis}");
    scene
        .manifest(
            "object.yaml",
            &scaled_object("orders", "maxReplicaCount: 3", &[trigger]),
        )
        .manifest("process.yaml", &idler("orders"));
    let mut penstock = scene.start();
    let without = penstock.wait_for("orders", 0, |object| !object.notices.is_empty());
    assert!(without.notices[0].contains("redis"), "{without:#?}");
    scene.manifest("secret.yaml", &secret(RIGHT));
    let healed = penstock.wait_for("orders", 1, |object| object.notices.is_empty());
    assert_eq!(healed.value(), Some(1.0));
    eventually("the worker runs", || match scene.workers().count() {
        1 => Ok(()),
        other => Err(format!("{other} processes")),
    });
}
