//! Real processes. Each test marks its own by a variable of their environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use operator_engine::port::{Replicas, ScaleTarget};
use operator_standalone::guard::{Destination, Order, SUBCOMMAND};
use operator_standalone::processes::{
    AdoptionSettings, BackoffPolicy, GuardCommand, LaunchError, LaunchSource, ProcessSet,
    ProcessSettings, ReplicaPhase, SetStatus,
};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const GUARD: &str = env!("CARGO_BIN_EXE_penstock-guard");
const DEADLINE: Duration = Duration::from_secs(20);

/// A script for `sh -c`, with this grace period.
struct Script {
    text: String,
    mark: String,
    grace: Duration,
    destination: Destination,
}

impl LaunchSource for Script {
    fn revision(&self) -> String {
        self.text.clone()
    }

    fn order(&self, replica: &str, index: u32) -> Result<Order, LaunchError> {
        if self.text.is_empty() {
            return Err(LaunchError("the program is not known".into()));
        }
        let environment = [
            ("PATH", std::env::var("PATH").unwrap()),
            ("PENSTOCK_TEST", self.mark.clone()),
            ("PENSTOCK_REPLICA_INDEX", index.to_string()),
        ];
        Ok(Order {
            program: "sh".into(),
            arguments: vec!["-c".into(), self.text.clone()],
            environment: environment
                .map(|(name, value)| (name.to_string(), value))
                .to_vec(),
            directory: None,
            grace_milliseconds: u64::try_from(self.grace.as_millis()).unwrap(),
            prefix: format!("{replica} | "),
            destination: self.destination.clone(),
            open_files: None,
            revision: String::new(),
            adoption: None,
        })
    }
}

fn mark() -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    format!(
        "{}-{:?}-{}",
        std::process::id(),
        std::thread::current().id(),
        now.as_nanos()
    )
}

fn script(mark: &str, text: &str) -> Script {
    Script {
        text: text.into(),
        mark: mark.into(),
        grace: Duration::from_secs(10),
        destination: Destination::Discard,
    }
}

struct Scene {
    set: ProcessSet,
    tracker: TaskTracker,
}

fn start(script: Script) -> Scene {
    start_with(script, 0, |_| {})
}

fn start_with(script: Script, replicas: u32, change: impl Fn(&mut ProcessSettings)) -> Scene {
    let mut settings = ProcessSettings {
        guard: GuardCommand {
            program: GUARD.into(),
            arguments: vec![SUBCOMMAND.into()],
        },
        backoff: BackoffPolicy {
            first: Duration::from_millis(10),
            most: Duration::from_millis(50),
            healthy: Duration::from_secs(60),
        },
        patience: DEADLINE,
        ..ProcessSettings::default()
    };
    change(&mut settings);
    let tracker = TaskTracker::new();
    let stop = CancellationToken::new();
    let set = ProcessSet::start(
        "worker",
        replicas,
        Arc::new(script),
        settings,
        &tracker,
        stop,
    );
    Scene { set, tracker }
}

impl Scene {
    async fn wait(&self, what: &str, until: impl FnMut(&SetStatus) -> bool) -> SetStatus {
        let mut status = self.set.subscribe();
        match tokio::time::timeout(DEADLINE, status.wait_for(until)).await {
            Ok(status) => status.unwrap().clone(),
            Err(_) => panic!("{what} did not happen: {:?}", self.set.status()),
        }
    }

    async fn end(self, mark: &str) {
        self.set.end();
        tokio::time::timeout(DEADLINE, self.set.ended())
            .await
            .expect("the set ends");
        self.tracker.close();
        tokio::time::timeout(DEADLINE, self.tracker.wait())
            .await
            .expect("its tasks end");
        assert_eq!(marked(mark), Vec::<i32>::new(), "processes are left");
    }
}

/// Living processes with this mark.
fn marked(mark: &str) -> Vec<i32> {
    let needle = format!("PENSTOCK_TEST={mark}\0");
    let holds = |path: PathBuf| {
        fs::read(path).is_ok_and(|text| text.windows(needle.len()).any(|w| w == needle.as_bytes()))
    };
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid: &i32| holds(Path::new("/proc").join(pid.to_string()).join("environ")))
        .collect()
}

async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    let mut looks = tokio::time::interval(Duration::from_millis(10));
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        looks.tick().await;
    }
}

fn kill(pid: u32) {
    assert!(
        Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
}

#[tokio::test]
async fn replicas_know_their_index_and_the_newest_ends_first() {
    let mark = mark();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = lines.clone();
    let text = "echo index $PENSTOCK_REPLICA_INDEX; exec sleep 600";
    let script = Script {
        destination: Destination::Stdout,
        ..script(&mark, text)
    };
    let scene = start_with(script, 0, |settings| {
        let sink = sink.clone();
        let keep = move |line: &str| sink.lock().unwrap().push(line.to_string());
        settings.output = Some(Arc::new(keep));
    });
    scene.set.scale(3).await.unwrap();
    let status = scene.wait("three run", |s| s.ready == 3).await;
    let indexes: Vec<u32> = status.replicas.iter().map(|r| r.index).collect();
    assert_eq!(indexes, [0, 1, 2]);
    assert_eq!(
        scene.set.replicas().await.unwrap(),
        Replicas {
            wanted: 3,
            ready: 3
        }
    );
    eventually("three lines", || lines.lock().unwrap().len() == 3).await;
    let mut seen = lines.lock().unwrap().clone();
    seen.sort();
    assert_eq!(
        seen,
        [
            "worker-0 | index 0",
            "worker-1 | index 1",
            "worker-2 | index 2"
        ]
    );

    scene.set.scale(1).await.unwrap();
    let status = scene.wait("one is left", |s| s.replicas.len() == 1).await;
    assert_eq!(status.replicas[0].index, 0);
    scene.end(&mark).await;
}

#[tokio::test]
async fn a_crash_is_restarted_and_says_how_it_ended() {
    let mark = mark();
    let scene = start(script(&mark, "exit 7"));
    scene.set.scale(1).await.unwrap();
    let status = scene
        .wait("three restarts", |s| {
            s.replicas.iter().any(|r| r.restarts >= 3)
        })
        .await;
    assert_eq!(
        status.replicas[0].last_error.as_deref(),
        Some("exited with code 7")
    );
    scene.end(&mark).await;
}

#[tokio::test]
async fn a_program_that_cannot_be_started_is_an_error_of_its_own_set() {
    let mark = mark();
    let scene = start(script(&mark, ""));
    scene.set.scale(1).await.unwrap();
    let status = scene.wait("an error", |s| s.last_error().is_some()).await;
    assert_eq!(status.last_error(), Some("the program is not known"));
    assert_eq!(status.ready, 0);

    struct Missing;
    impl LaunchSource for Missing {
        fn order(&self, _: &str, _: u32) -> Result<Order, LaunchError> {
            Ok(Order {
                program: "/nonexistent/program".into(),
                arguments: Vec::new(),
                environment: Vec::new(),
                directory: None,
                grace_milliseconds: 0,
                prefix: String::new(),
                destination: Destination::Discard,
                open_files: None,
                revision: String::new(),
                adoption: None,
            })
        }
    }
    scene.set.replace(Arc::new(Missing));
    let status = scene
        .wait("another error", |s| {
            s.last_error().is_some_and(|e| e.contains("nonexistent"))
        })
        .await;
    let error = status.last_error().unwrap();
    assert!(
        error.starts_with("/nonexistent/program: No such file"),
        "{error}"
    );
    scene.end(&mark).await;
}

#[tokio::test]
async fn a_replica_that_ignores_sigterm_is_killed_after_its_grace_period() {
    let mark = mark();
    let text = "trap '' TERM; while :; do sleep 600; done";
    let script = Script {
        grace: Duration::from_millis(100),
        ..script(&mark, text)
    };
    let scene = start(script);
    scene.set.scale(2).await.unwrap();
    scene.wait("two run", |s| s.ready == 2).await;
    eventually("the shells run", || marked(&mark).len() >= 2).await;
    scene.set.scale(0).await.unwrap();
    scene.wait("none is left", |s| s.replicas.is_empty()).await;
    scene.end(&mark).await;
}

#[tokio::test]
async fn a_replica_may_finish_its_work_within_its_grace_period() {
    let mark = mark();
    let directory = tempfile::tempdir().unwrap();
    let done = directory.path().join("done");
    let text = format!(
        "trap 'echo done > {}; exit 0' TERM; echo ready > {}; while :; do sleep 0.05; done",
        done.display(),
        directory.path().join("ready").display()
    );
    let scene = start(script(&mark, &text));
    scene.set.scale(1).await.unwrap();
    eventually("it is ready", || directory.path().join("ready").exists()).await;
    scene.set.scale(0).await.unwrap();
    scene.wait("none is left", |s| s.replicas.is_empty()).await;
    assert_eq!(fs::read_to_string(done).unwrap(), "done\n");
    scene.end(&mark).await;
}

#[tokio::test]
async fn a_replica_begins_with_the_limit_of_open_files_it_is_given() {
    let mark = mark();
    let directory = tempfile::tempdir().unwrap();
    let limits = directory.path().join("limits");
    let text = format!(
        "echo $(ulimit -Sn) $(ulimit -Hn) > {0}.new; mv {0}.new {0}; exec sleep 600",
        limits.display()
    );
    let scene = start_with(script(&mark, &text), 1, |settings| {
        settings.open_files = Some(123);
    });
    eventually("it has said its limits", || limits.exists()).await;
    let hard = rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum;
    let hard = hard.map_or("unlimited".to_string(), |hard| hard.to_string());
    let said = fs::read_to_string(&limits).unwrap();
    assert_eq!(said, format!("123 {hard}\n"));
    scene.end(&mark).await;
}

/// A child, a grandchild, one that leaves the session, and one that daemonises.
const FAMILY: &str = "sleep 600 & (sleep 600 & sleep 600) & setsid sleep 600 & \
                      (setsid sh -c 'trap \"\" TERM; sleep 600; sleep 600' &) ; wait";
const FAMILY_SIZE: usize = 7;

#[tokio::test]
async fn grandchildren_and_daemons_end_with_their_replica() {
    let mark = mark();
    let script = Script {
        grace: Duration::from_millis(200),
        ..script(&mark, FAMILY)
    };
    let scene = start(script);
    scene.set.scale(1).await.unwrap();
    eventually("the family runs", || marked(&mark).len() >= FAMILY_SIZE).await;
    scene.set.scale(0).await.unwrap();
    scene.wait("none is left", |s| s.replicas.is_empty()).await;
    scene.end(&mark).await;
}

#[tokio::test]
async fn what_a_replica_leaves_behind_ends_before_it_is_started_again() {
    let mark = mark();
    let text = "setsid sleep 600 & exit 1";
    let script = Script {
        grace: Duration::from_millis(200),
        ..script(&mark, text)
    };
    let scene = start(script);
    scene.set.scale(1).await.unwrap();
    scene
        .wait("restarts", |s| s.replicas.iter().any(|r| r.restarts >= 3))
        .await;
    assert!(marked(&mark).len() <= 2, "daemons pile up");
    scene.end(&mark).await;
}

#[tokio::test]
async fn penstock_killed_with_9_leaves_no_process() {
    let mark = mark();
    let mut penstock = Command::new(GUARD)
        .args([
            "hold",
            "2",
            "env",
            &format!("PENSTOCK_TEST={mark}"),
            "sh",
            "-c",
            FAMILY,
        ])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the families run", || {
        marked(&mark).len() >= 2 * FAMILY_SIZE
    })
    .await;
    kill(penstock.id());
    penstock.wait().unwrap();
    eventually("all end", || marked(&mark).is_empty()).await;
}

#[tokio::test]
async fn a_guard_killed_with_9_takes_its_replica_along_and_is_replaced() {
    let mark = mark();
    let scene = start(script(&mark, "sleep 600 & wait"));
    scene.set.scale(1).await.unwrap();
    let status = scene.wait("it runs", |s| s.ready == 1).await;
    eventually("both run", || marked(&mark).len() >= 2).await;
    let pid = status.replicas[0].pid.unwrap();
    let before = marked(&mark);
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let guard = stat
        .rsplit_once(") ")
        .unwrap()
        .1
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    kill(guard);
    let status = scene
        .wait("it runs again", |s| {
            s.ready == 1 && s.replicas[0].pid != Some(pid)
        })
        .await;
    assert_eq!(
        status.replicas[0].last_error.as_deref(),
        Some("its guard was killed")
    );
    let left: Vec<i32> = marked(&mark)
        .into_iter()
        .filter(|pid| before.contains(pid))
        .collect();
    assert_eq!(left, Vec::<i32>::new());
    scene.end(&mark).await;
}

#[tokio::test]
async fn output_goes_to_a_file_with_the_replicas_name_before_each_line() {
    let mark = mark();
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("worker.log");
    let script = Script {
        destination: Destination::File(log.clone()),
        ..script(&mark, "echo out; echo err >&2; exec sleep 600")
    };
    let scene = start(script);
    scene.set.scale(1).await.unwrap();
    let lines = || fs::read_to_string(&log).unwrap_or_default();
    eventually("two lines", || lines().lines().count() == 2).await;
    let text = lines();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["worker-0 | err", "worker-0 | out"]);
    scene.end(&mark).await;
}

#[tokio::test]
async fn a_log_file_that_cannot_be_opened_is_an_error_and_starts_nothing() {
    let mark = mark();
    let script = Script {
        destination: Destination::File("/nonexistent/log".into()),
        ..script(&mark, "exec sleep 600")
    };
    let scene = start(script);
    scene.set.scale(1).await.unwrap();
    let error = |s: &SetStatus| s.replicas.iter().any(|r| r.restarts > 1);
    let status = scene.wait("errors", error).await;
    let text = status.replicas[0].last_error.clone().unwrap();
    assert!(
        text.starts_with("log file /nonexistent/log: No such file"),
        "{text}"
    );
    scene.end(&mark).await;
}

#[tokio::test]
async fn a_changed_program_replaces_replicas_and_a_broken_one_does_not() {
    let mark = mark();
    let scene = start(script(&mark, "exec sleep 601"));
    scene.set.scale(2).await.unwrap();
    let first = scene.wait("two run", |s| s.ready == 2).await;
    let pids: Vec<_> = first.replicas.iter().map(|r| r.pid).collect();

    scene.set.replace(Arc::new(script(&mark, "")));
    let status = scene.wait("an error", |s| s.last_error().is_some()).await;
    assert_eq!(status.ready, 2, "the old replicas stay at work");

    scene.set.replace(Arc::new(script(&mark, "exec sleep 602")));
    let all_new = |s: &SetStatus| {
        s.replicas.len() == 2
            && s.replicas
                .iter()
                .all(|r| r.phase == ReplicaPhase::Running && !pids.contains(&r.pid))
    };
    scene.wait("both are exchanged", all_new).await;
    scene.end(&mark).await;
}

/// A set of two whose replicas outlive it for `bound`.
fn adoptable(
    script: Script,
    directory: &Path,
    bound: Duration,
    leave: &CancellationToken,
) -> Scene {
    start_with(script, 2, |settings| {
        settings.adoption = Some(AdoptionSettings {
            directory: directory.join("a/rather/deep/directory/".repeat(6)),
            bound: Some(bound),
            leave: leave.clone(),
        });
    })
}

fn pids(status: &SetStatus) -> Vec<u32> {
    status
        .replicas
        .iter()
        .filter_map(|replica| replica.pid)
        .collect()
}

#[tokio::test]
async fn replicas_that_are_left_are_adopted_and_outdated_ones_exchanged() {
    let mark = mark();
    let directory = tempfile::tempdir().unwrap();
    let leave = CancellationToken::new();
    let first = adoptable(
        script(&mark, "exec sleep 603"),
        directory.path(),
        DEADLINE,
        &leave,
    );
    let before = first.wait("two run", |s| s.ready == 2).await;
    leave.cancel();
    tokio::time::timeout(DEADLINE, first.set.ended())
        .await
        .unwrap();
    drop(first);

    let leave = CancellationToken::new();
    let second = adoptable(
        script(&mark, "exec sleep 603"),
        directory.path(),
        DEADLINE,
        &leave,
    );
    let after = second.wait("two are adopted", |s| s.ready == 2).await;
    assert_eq!(pids(&after), pids(&before));
    assert_eq!(marked(&mark).len(), 2);
    leave.cancel();
    tokio::time::timeout(DEADLINE, second.set.ended())
        .await
        .unwrap();

    let leave = CancellationToken::new();
    let third = adoptable(
        script(&mark, "exec sleep 604"),
        directory.path(),
        DEADLINE,
        &leave,
    );
    let exchanged = |s: &SetStatus| {
        let now = pids(s);
        s.ready == 2 && now.len() == 2 && now.iter().all(|pid| !pids(&before).contains(pid))
    };
    third.wait("both are exchanged", exchanged).await;
    third.set.scale(1).await.unwrap();
    third.wait("one is left", |s| s.replicas.len() == 1).await;
    third.end(&mark).await;
}

#[tokio::test]
async fn replicas_that_nobody_adopts_end_in_time() {
    let mark = mark();
    let directory = tempfile::tempdir().unwrap();
    let leave = CancellationToken::new();
    let bound = Duration::from_millis(100);
    let script = Script {
        grace: Duration::from_millis(200),
        ..script(&mark, FAMILY)
    };
    let scene = adoptable(script, directory.path(), bound, &leave);
    eventually("the families run", || {
        marked(&mark).len() >= 2 * FAMILY_SIZE
    })
    .await;
    leave.cancel();
    tokio::time::timeout(DEADLINE, scene.set.ended())
        .await
        .unwrap();
    eventually("all end", || marked(&mark).is_empty()).await;
}
