//! A thousand triggers on one real Redis share a handful of connections and round trips.

// What was measured is of interest.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use runtime_host::{Catalog, CatalogConfig, OpenTrigger};
use runtime_types::{Number, Outcome, Sharing, Trigger, UnknownReason};
use tests_integration::scalers_folder;
use tests_servers::Redis;

const TRIGGERS: usize = 1000;

struct Lists(Vec<OpenTrigger>);

impl Lists {
    /// As many triggers, each of its own list with as many elements as its place says, modulo 7.
    fn open(catalog: &Catalog, server: &Redis, count: usize) -> Self {
        let open = |place: usize| {
            let metadata: BTreeMap<_, _> = [
                ("address", server.address()),
                ("listName", format!("list-{place}")),
                ("databaseIndex", (place % 3).to_string()),
            ]
            .map(|(k, v)| (k.to_string(), v))
            .into();
            catalog.open_trigger(Arc::new(Trigger {
                trigger_type: "redis".into(),
                namespace: "tests".into(),
                object: format!("object-{place}"),
                metadata,
                ..Trigger::default()
            }))
        };
        Self((0..count).map(open).collect())
    }

    async fn tick(&mut self) -> Vec<Outcome> {
        join_all(self.0.iter_mut().map(OpenTrigger::poll)).await
    }

    /// Polls all, which must have the right lengths but for `excepted`.
    async fn tick_right_but(&mut self, excepted: &[usize]) -> Vec<Outcome> {
        let outcomes = self.tick().await;
        for (place, outcome) in outcomes.iter().enumerate() {
            if !excepted.contains(&place) {
                let Outcome::Reading(reading) = outcome else {
                    panic!("{place}: {outcome:?}");
                };
                let expected = i64::try_from(place % 7).unwrap();
                assert_eq!(reading.samples[0].value, Ok(Number::Whole(expected)));
            }
        }
        outcomes
    }
}

fn fill(server: &Redis) {
    let script = "for place = 0, tonumber(ARGV[1]) - 1 do
        redis.call('SELECT', place % 3)
        for _ = 1, place % 7 do redis.call('RPUSH', 'list-' .. place, 'x') end
    end";
    server.run(&["EVAL", script, "0", &TRIGGERS.to_string()]);
}

fn catalog() -> Catalog {
    Catalog::open(CatalogConfig::new(vec![scalers_folder()])).unwrap()
}

fn connections(server: &Redis) -> usize {
    let clients = server.run(&["CLIENT", "LIST"]);
    // One of them asks.
    clients.lines().count() - 1
}

fn reads(server: &Redis) -> u64 {
    let stats = server.run(&["INFO", "stats"]);
    let line = |l: &str| {
        l.strip_prefix("total_reads_processed:")?
            .trim()
            .parse()
            .ok()
    };
    stats.lines().find_map(line).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_triggers_are_four_connections_and_fifty_reads() {
    let Some(server) = Redis::start(&[]) else {
        return;
    };
    fill(&server);
    let catalog = catalog();
    let mut lists = Lists::open(&catalog, &server, TRIGGERS);
    lists.tick_right_but(&[]).await;
    assert!(connections(&server) <= 4, "{}", connections(&server));

    let shared = measure(&server, &mut lists).await;
    println!("shared: {shared:?}");
    // One a trigger would be a thousand.
    assert!(shared.reads * 20 <= TRIGGERS as u64, "{shared:?}");
    assert!(shared.connections <= 4, "{shared:?}");
    for open in &lists.0 {
        let counts = open.counts();
        let all = u64::from(TICKS) + 1;
        assert_eq!(
            (counts.polls, counts.shared, counts.failures),
            (all, all, 0)
        );
    }

    // Who leaves takes no connection along; the last ones do.
    lists.0.truncate(10);
    lists.tick_right_but(&[]).await;
    drop(lists);
    tests_integration::eventually("all connections are closed", || {
        match connections(&server) {
            0 => Ok(()),
            open => Err(format!("{open} are open")),
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_sharing_each_trigger_is_a_connection_and_a_read() {
    let Some(server) = Redis::start(&[]) else {
        return;
    };
    fill(&server);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("redis.wasm"), unshared()).unwrap();
    let catalog = Catalog::open(CatalogConfig::new(vec![folder.path().to_path_buf()])).unwrap();
    let mut lists = Lists::open(&catalog, &server, TRIGGERS);
    lists.tick_right_but(&[]).await;
    let alone = measure(&server, &mut lists).await;
    println!("alone: {alone:?}");
    assert_eq!(alone.connections, TRIGGERS);
    assert!(alone.reads >= TRIGGERS as u64, "{alone:?}");
}

/// The component, declaring that it shares nothing.
fn unshared() -> Vec<u8> {
    let mut component = std::fs::read(scalers_folder().join("redis.wasm")).unwrap();
    let mut description = runtime_host::read_description(&component).unwrap();
    description.sharing = Sharing::None;
    let json = serde_json::to_vec(&description).unwrap();
    let name = runtime_host::DESCRIPTION_SECTION;
    let length = u32::try_from(1 + name.len() + json.len()).unwrap();
    // A custom section; its length as LEB128 of five bytes.
    component.push(0);
    component.extend((0..4).map(|i| u8::try_from(length >> (7 * i) & 0x7f).unwrap() | 0x80));
    component.push(0);
    component.push(u8::try_from(name.len()).unwrap());
    component.extend(name.bytes());
    component.extend(json);
    component
}

const TICKS: u32 = 20;

/// What one tick of all triggers takes.
#[derive(Debug)]
#[allow(dead_code)] // They are shown.
struct Figures {
    connections: usize,
    reads: u64,
    wall: Duration,
    cpu_of_host: Duration,
}

async fn measure(server: &Redis, lists: &mut Lists) -> Figures {
    let (before, cpu, started) = (reads(server), cpu(), Instant::now());
    for _ in 0..TICKS {
        lists.tick_right_but(&[]).await;
    }
    Figures {
        wall: started.elapsed() / TICKS,
        cpu_of_host: (self::cpu() - cpu) / TICKS,
        reads: (reads(server) - before) / u64::from(TICKS),
        connections: connections(server),
    }
}

/// CPU time of this process.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // After the name in parentheses; 100 ticks are a second.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = |at: usize| fields.split_whitespace().nth(at).unwrap().parse::<u64>();
    Duration::from_millis(10 * (ticks(11).unwrap() + ticks(12).unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_one_list_is_its_own_matter() {
    let Some(server) = Redis::start(&["--databases", "3"]) else {
        return;
    };
    fill(&server);
    server.run(&["DEL", "list-99"]);
    server.run(&["SET", "list-99", "no list"]);
    let catalog = catalog();
    let mut lists = Lists::open(&catalog, &server, TRIGGERS);
    let metadata = [
        ("address", server.address()),
        ("listName", "any".to_string()),
        ("databaseIndex", "42".to_string()),
    ];
    lists.0.push(catalog.open_trigger(Arc::new(Trigger {
        trigger_type: "redis".into(),
        namespace: "tests".into(),
        metadata: metadata.map(|(k, v)| (k.to_string(), v)).into(),
        ..Trigger::default()
    })));
    for _ in 0..3 {
        let outcomes = lists.tick_right_but(&[99, TRIGGERS]).await;
        for (place, told) in [(99, "holds a string"), (TRIGGERS, "out of range")] {
            match &outcomes[place] {
                Outcome::Unknown(unknown) => {
                    assert_eq!(unknown.reason, UnknownReason::Rejected, "{unknown}");
                    assert!(unknown.message.contains(told), "{unknown}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(connections(&server) <= 4);
    assert!(lists.0.iter().all(|open| open.counts().shared == 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_connections_and_a_restart_cost_no_poll_but_those_while_it_was_down() {
    let Some(mut server) = Redis::start(&[]) else {
        return;
    };
    fill(&server);
    let catalog = catalog();
    let mut lists = Lists::open(&catalog, &server, 300);
    lists.tick_right_but(&[]).await;
    server.run(&["CLIENT", "KILL", "TYPE", "normal"]);
    lists.tick_right_but(&[]).await;
    server.stop();
    for outcome in lists.tick().await {
        match outcome {
            Outcome::Unknown(unknown) => {
                assert_eq!(unknown.reason, UnknownReason::Unreachable, "{unknown}");
            }
            other => panic!("{other:?}"),
        }
    }
    server.restart();
    fill(&server);
    lists.tick_right_but(&[]).await;
    assert!(lists.0.iter().all(|open| open.counts().shared == 4));
}
