//! What becomes of the processes.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use anyhow::{Result, ensure};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, PostParams};
use serde_json::json;
use tests_control_plane::background::{Place, Running};
use tests_control_plane::{Binaries, ControlPlane, Options, Part, eventually};

/// See `stories/main.rs`.
const PATIENCE: Duration = Duration::from_secs(180);

fn map(name: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": name}, "data": {"a": "b"}})).unwrap()
}

async fn maps(plane: &ControlPlane) -> Api<ConfigMap> {
    Api::default_namespaced(plane.client().await.unwrap())
}

fn ids(plane: &ControlPlane) -> Vec<u32> {
    let id = |part| plane.process_id(part).expect("every part runs");
    Part::ALL.into_iter().map(id).collect()
}

/// Those that have not ended. (What ended and has no parent any more may wait for init to notice.)
fn there(ids: &[u32]) -> Vec<u32> {
    let is_there = |id: &&u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let state = stat.rsplit_once(") ").map_or("Z", |(_, rest)| rest);
        !state.starts_with(['Z', 'X'])
    };
    ids.iter().filter(is_there).copied().collect()
}

#[tokio::test]
async fn objects_outlive_an_api_server_that_is_stopped_killed_or_frozen() {
    let Some(plane) = ControlPlane::for_test(Options::default()).await else {
        return;
    };
    let maps = maps(&plane).await;
    maps.create(&PostParams::default(), &map("kept"))
        .await
        .unwrap();

    plane.stop(Part::ApiServer);
    assert_eq!(plane.process_id(Part::ApiServer), None);
    maps.get("kept").await.expect_err("nobody answers");
    plane.start_again(Part::ApiServer).await.unwrap();
    assert_eq!(maps.get("kept").await.unwrap().data, map("kept").data);

    plane.kill(Part::ApiServer);
    plane.start_again(Part::ApiServer).await.unwrap();
    maps.get("kept").await.unwrap();

    plane.freeze(Part::ApiServer);
    let answer = tokio::time::timeout(Duration::from_secs(1), maps.get("kept")).await;
    answer.expect_err("it answers nothing");
    plane.thaw(Part::ApiServer);
    maps.get("kept").await.unwrap();

    // The others have found it again.
    let create = [
        "create",
        "deployment",
        "later",
        "--image=none",
        "--replicas=2",
    ];
    assert!(plane.kubectl(create).status().unwrap().success());
    let wait = [
        "wait",
        "--for=condition=Available",
        "deployment/later",
        "--timeout=180s",
    ];
    assert!(plane.kubectl(wait).status().unwrap().success());
}

#[tokio::test]
async fn two_live_side_by_side_and_nothing_is_left_of_them() {
    let (one, two) = tokio::join!(
        ControlPlane::for_test(Options::default()),
        ControlPlane::for_test(Options::default())
    );
    let (Some(one), Some(two)) = (one, two) else {
        return;
    };
    let only = map("only-in-one");
    maps(&one)
        .await
        .create(&PostParams::default(), &only)
        .await
        .unwrap();
    assert!(
        maps(&two)
            .await
            .get_opt("only-in-one")
            .await
            .unwrap()
            .is_none()
    );

    for plane in [one, two] {
        let (ids, folder) = (ids(&plane), plane.folder().to_path_buf());
        assert_eq!(there(&ids), ids);
        drop(plane);
        assert_eq!(there(&ids), [0; 0]);
        assert!(!folder.exists());
    }
}

fn command(place: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tests-control-plane"));
    command.arg("--place").arg(place).args(arguments);
    command.output().unwrap()
}

fn running(place: &Path) -> Option<Running> {
    Place::new(place).unwrap().running().unwrap()
}

fn built() -> bool {
    Binaries::find().is_ok() || std::env::var_os("CI").is_some()
}

#[test]
fn one_for_a_person_stays_until_it_is_told_to_end() {
    if !built() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let text = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let status = command(place, &["status"]);
    assert!(!status.status.success() && text(&status).contains("none runs"));

    let up = command(place, &["up", "--nodes=1"]);
    assert!(up.status.success(), "{up:?}");
    let first = running(place).expect("it runs");
    let again = text(&command(place, &["up"]));
    assert!(again.contains("already running"), "{again}");
    assert_eq!(running(place).unwrap().process, first.process);
    let shown = text(&command(place, &["status"]));
    assert!(shown.contains(&first.url), "{shown}");

    let nodes = Command::new(&first.kubectl)
        .args(["get", "nodes", "--output=name"])
        .env("KUBECONFIG", &first.kubeconfig)
        .output()
        .unwrap();
    assert_eq!(text(&nodes), "node/node-0\n");

    let ids: Vec<_> = first.processes.iter().map(|(_, id)| *id).collect();
    assert_eq!(there(&ids), ids);
    assert!(text(&command(place, &["down"])).contains("ended"));
    assert_eq!(there(&ids), [0; 0]);
    assert!(running(place).is_none() && !first.folder.exists());
    assert!(text(&command(place, &["down"])).contains("none runs"));
}

#[tokio::test]
async fn nothing_is_left_when_the_process_that_holds_it_is_killed() {
    if !built() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let up = command(place.path(), &["up", "--nodes=1"]);
    assert!(up.status.success(), "{up:?}");
    let run = running(place.path()).expect("it runs");
    let ids: Vec<_> = run.processes.iter().map(|(_, id)| *id).collect();
    assert_eq!(there(&ids), ids);
    let holder = rustix::process::Pid::from_raw(run.process).unwrap();
    rustix::process::kill_process(holder, rustix::process::Signal::KILL).unwrap();
    eventually("all of it goes", PATIENCE, async || -> Result<()> {
        let left = there(&ids);
        ensure!(left.is_empty(), "{left:?} are left");
        ensure!(!run.folder.exists(), "the folder is left");
        Ok(())
    })
    .await
    .unwrap();
}
