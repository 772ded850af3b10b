//! `operator/docs/demo/redis.yaml`, as the page of the documentation has it.

use std::fs;
use std::path::Path;

use tests_integration::{Scene, eventually};
use tests_servers::Redis;

use crate::manifests::push;

/// The manifest with the test's own server in place of the documented one.
fn manifest(server: &Redis) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../operator/docs/demo/redis.yaml");
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains("value: localhost:6379\n"), "{text}");
    text.replace(
        "value: localhost:6379\n",
        &format!("value: {}\n", server.address()),
    )
}

#[test]
fn a_thousand_items_are_popped_exactly_once_by_five_workers_that_come_and_go() {
    let Some(server) = Redis::start(&[]) else {
        return;
    };
    push(&server, 1..=1000);
    let scene = Scene::new();
    scene.manifest("redis.yaml", &manifest(&server));
    let mut penstock = scene.start_with(&["--exit-when-idle"]);
    let most = |world: &tests_integration::World| {
        let workers = world.process("order-worker");
        assert!(workers.is_none_or(|w| w.ready <= 5), "{world:#?}");
        workers.is_some_and(|w| w.ready == 5)
    };
    penstock.wait("five workers", most);
    assert!(scene.workers().count() >= 5);
    eventually("the list is empty", || {
        match server.run(&["LLEN", "orders"]).as_str() {
            "0" => Ok(()),
            left => Err(left.to_string()),
        }
    });
    let ended = penstock.ended();
    assert_eq!(ended.code, Some(0), "{}", ended.all());
    assert_eq!(scene.workers().gone(), Ok(()));

    assert_eq!(popped(&server), (1..=1000).collect::<Vec<u32>>());
}

#[test]
fn stopping_penstock_in_mid_run_loses_no_item_and_the_next_run_finishes() {
    let Some(server) = Redis::start(&[]) else {
        return;
    };
    push(&server, 1..=300);
    let scene = Scene::new();
    scene.manifest("redis.yaml", &manifest(&server));
    let mut first = scene.start();
    first.wait("workers at work", |world| world.ready("order-worker") >= 3);
    eventually("some items are done", || match popped(&server).len() {
        0..30 => Err("too few".to_string()),
        _ => Ok(()),
    });
    let ended = first.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.all());
    let left: usize = server.run(&["LLEN", "orders"]).parse().unwrap();
    assert!(left > 0, "it was stopped in mid-run");
    assert_eq!(popped(&server).len() + left, 300);

    let ended = scene.start_with(&["--exit-when-idle"]).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.all());
    assert_eq!(popped(&server), (1..=300).collect::<Vec<u32>>());
}

/// What workers have popped, in order of numbers; twice what was popped twice.
fn popped(server: &Redis) -> Vec<u32> {
    let popped = server.run(&["LRANGE", "done", "0", "-1"]);
    let items = popped.lines().filter(|line| !line.is_empty());
    let mut items: Vec<u32> = items.map(|item| item.parse().unwrap()).collect();
    items.sort_unstable();
    items
}
