//! Whatever ends penstock, and however unwilling its workers are, nothing is left running.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use tests_integration::{Processes, Scene, eventually};

use crate::manifests::{idler, process, scaled_object, spool};

/// A worker with a child, a child that has left for a session of its own, and a daemon whose parent
/// has ended. Each says when it is there.
const FAMILY: &str = "\
    sh -c 'echo child >> $SCENE/there; exec sleep 600' &
    setsid sh -c 'echo session >> $SCENE/there; exec sleep 600' &
    (setsid sh -c 'echo daemon >> $SCENE/there; exec sleep 600' &)
    echo worker >> $SCENE/there
    wait";

/// A worker that will not end. `exec` keeps the ignored signal ignored.
const UNWILLING: &str = "trap '' TERM; echo there >> $SCENE/there; exec sleep 600";

fn scene(script: &str, grace: u32, replicas: usize) -> Scene {
    let scene = Scene::new();
    let spec = format!("terminationGracePeriodSeconds: {grace}, log: discard");
    let object = scaled_object("files", "maxReplicaCount: 5", &[spool(&scene, 1, "")]);
    scene
        .spool(replicas)
        .manifest("object.yaml", &object)
        .manifest("process.yaml", &process("files", script, &spec));
    scene
}

fn all_there(scene: &Scene, lines: usize) {
    eventually("all processes have begun", || {
        let there = scene.lines("there");
        match there.len() == lines {
            true => Ok(()),
            false => Err(there.join(" ")),
        }
    });
}

#[test]
fn killing_penstock_leaves_no_worker_no_grandchild_and_no_guard() {
    let scene = scene(FAMILY, 1, 2);
    let mut penstock = scene.start();
    penstock.wait_for("files", 2, |_| true);
    all_there(&scene, 8);
    let workers = scene.workers();
    let guards = Processes::children_of(penstock.id());
    assert!(workers.count() >= 8, "{workers:?}");
    assert_eq!(guards.count(), 2);
    penstock.kill();
    let all = workers.and(&guards);
    eventually("everything has ended", || all.gone());
    assert_eq!(scene.workers().count(), 0);
}

#[test]
fn killing_penstock_ends_workers_that_ignore_the_request_too() {
    let scene = scene(UNWILLING, 1, 2);
    let mut penstock = scene.start();
    penstock.wait_for("files", 2, |_| true);
    all_there(&scene, 2);
    let all = scene.workers().and(&Processes::children_of(penstock.id()));
    assert_eq!(all.count(), 4);
    penstock.kill();
    eventually("everything has ended", || all.gone());
}

#[test]
fn sigterm_lets_workers_finish_and_ends_with_code_0() {
    let script = "trap 'echo finished >> $SCENE/there; exit 0' TERM
                  echo there >> $SCENE/there
                  while :; do sleep 0.1; done";
    let scene = scene(script, 30, 3);
    let mut penstock = scene.start();
    penstock.wait_for("files", 3, |_| true);
    all_there(&scene, 3);
    let workers = scene.workers();
    let began = Instant::now();
    let ended = penstock.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.all());
    assert!(
        began.elapsed() < Duration::from_secs(25),
        "nobody had to be killed"
    );
    assert_eq!(workers.gone(), Ok(()));
    let finished = scene
        .lines("there")
        .iter()
        .filter(|line| *line == "finished")
        .count();
    assert_eq!(finished, 3);
    assert!(
        ended.log.contains("nothing is left running"),
        "{}",
        ended.log
    );
}

#[test]
fn sigint_is_as_good_as_sigterm() {
    let scene = scene("exec sleep 600", 30, 1);
    let mut penstock = scene.start();
    penstock.wait_for("files", 1, |_| true);
    penstock.signal(Signal::INT);
    assert_eq!(penstock.ended().code, Some(0));
    assert_eq!(scene.workers().count(), 0);
}

#[test]
fn a_worker_that_ignores_the_request_is_killed_after_its_grace_period() {
    let scene = scene(UNWILLING, 2, 1);
    let mut penstock = scene.start();
    penstock.wait_for("files", 1, |_| true);
    all_there(&scene, 1);
    let began = Instant::now();
    let ended = penstock.stop();
    assert!(
        began.elapsed() >= Duration::from_secs(2),
        "it was given its time"
    );
    assert_eq!(ended.code, Some(0), "{}", ended.all());
    assert_eq!(scene.workers().count(), 0);
}

#[test]
fn a_drain_that_is_too_short_says_what_is_left_and_ends_with_code_1() {
    let scene = scene(UNWILLING, 3, 2);
    let mut penstock = scene.start_with(&["--drain-timeout", "1"]);
    penstock.wait_for("files", 2, |_| true);
    all_there(&scene, 2);
    let workers = scene.workers();
    penstock.signal(Signal::TERM);
    let ended = penstock.ended();
    assert_eq!(ended.code, Some(1), "{}", ended.all());
    let left = "replicas did not end in time";
    assert!(ended.log.contains(left), "{}", ended.log);
    // Their guards end them when their time has come, as promised.
    eventually("the workers have ended", || workers.gone());
}

#[test]
fn a_second_signal_ends_penstock_at_once_and_the_guards_do_the_rest() {
    let scene = scene(UNWILLING, 5, 2);
    let mut penstock = scene.start();
    penstock.wait_for("files", 2, |_| true);
    all_there(&scene, 2);
    let workers = scene.workers();
    penstock.signal(Signal::TERM);
    eventually("the first is taken", || {
        let log = penstock.log();
        match log.contains("stopping") {
            true => Ok(()),
            false => Err(log),
        }
    });
    // Two at once are one wish: whoever is impatient asks until it ends.
    eventually("it no longer waits", || match penstock.has_ended() {
        true => Ok(()),
        false => {
            penstock.signal(Signal::TERM);
            Err(penstock.log())
        }
    });
    let ended = penstock.ended();
    assert_eq!(ended.code, Some(1), "{}", ended.all());
    eventually("the workers have ended", || workers.gone());
}

#[test]
fn scaling_down_lets_workers_finish_too() {
    let scene = Scene::new();
    let object = scaled_object("files", "cooldownPeriod: 1", &[spool(&scene, 1, "")]);
    scene
        .spool(1)
        .manifest("object.yaml", &object)
        .manifest("process.yaml", &idler("files"));
    let mut penstock = scene.start();
    penstock.wait_for("files", 1, |_| true);
    let workers = scene.workers();
    scene.spool(0);
    let down = penstock.wait_for("files", 0, |object| object.wanted == Some(0));
    eventually("the worker has ended", || workers.gone());
    assert_eq!(down.condition("Active"), "False ScalerNotActive");
}

#[test]
fn where_it_is_asked_for_workers_outlive_penstock_and_the_next_one_adopts_them() {
    let scene = scene(UNWILLING, 1, 3);
    let mut first = scene.start_with(&["--adopt", "120"]);
    first.wait_for("files", 3, |object| object.replicas == Some(3));
    all_there(&scene, 3);
    let workers = scene.workers();
    first.kill();

    let mut second = scene.start_with(&["--adopt", "120"]);
    second.wait_for("files", 3, |object| object.counters.polls > 2);
    assert_eq!(scene.workers(), workers, "they are the same processes");
    let ended = second.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.all());
    assert_eq!(workers.still_running(), workers);

    // One that leaves nothing behind ends them as if they were its own.
    let mut third = scene.start();
    third.wait_for("files", 3, |object| object.counters.polls > 2);
    assert_eq!(scene.workers(), workers);
    assert_eq!(scene.lines("there").len(), 3, "nobody was started again");
    assert_eq!(third.stop().code, Some(0));
    eventually("the workers have ended", || workers.gone());
}

#[test]
fn workers_that_nobody_adopts_end_in_time() {
    let scene = scene(UNWILLING, 1, 2);
    let mut penstock = scene.start_with(&["--adopt", "2"]);
    penstock.wait_for("files", 2, |_| true);
    all_there(&scene, 2);
    let workers = scene.workers();
    penstock.kill();
    eventually("the workers have ended", || workers.gone());
}
