//! Files in, processes out, with event sources that the test sets.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use operator_engine::port::{CheckError, OpenTrigger, Scalers};
use operator_standalone::guard::SUBCOMMAND;
use operator_standalone::manifests::WatchTiming;
use operator_standalone::processes::GuardCommand;
use operator_standalone::run::{Drained, ObjectView, RunOptions, Standalone, View};
use runtime_types::{Checked, MetricSpec, Naming, Number, Outcome, Reading, Sample, Trigger};
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const DEADLINE: Duration = Duration::from_secs(30);

/// A source of one value, the same for all triggers; it remembers the passwords it was opened with.
#[derive(Clone, Default)]
struct Fake {
    value: Arc<Mutex<i64>>,
    passwords: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    fn set(&self, value: i64) {
        *self.value.lock().unwrap() = value;
    }
}

impl Scalers for Fake {
    fn check<'a>(&'a self, _: &'a Trigger) -> BoxFuture<'a, Result<Checked, CheckError>> {
        let metric = MetricSpec {
            name: "fake".into(),
            naming: Naming::Standard,
            target: Number::Whole(1),
            fixed_type: None,
            activation: Some(Number::Whole(0)),
        };
        Box::pin(async {
            Ok(Checked {
                metrics: vec![metric],
                notices: vec![],
            })
        })
    }

    fn open(&self, trigger: Arc<Trigger>) -> Box<dyn OpenTrigger> {
        if let Some(password) = trigger.auth_params.get("password") {
            self.passwords
                .lock()
                .unwrap()
                .push(password.expose_secret().to_string());
        }
        Box::new(Open(self.clone()))
    }
}

struct Open(Fake);

impl OpenTrigger for Open {
    fn poll(&mut self) -> BoxFuture<'_, Outcome> {
        let value = Ok(Number::Whole(*self.0.value.lock().unwrap()));
        let samples = vec![Sample {
            name: "fake".into(),
            value,
        }];
        Box::pin(async {
            Outcome::Reading(Reading {
                samples,
                active: None,
            })
        })
    }
}

struct Scene {
    directory: tempfile::TempDir,
    fake: Fake,
    standalone: Arc<Standalone>,
    stop: CancellationToken,
    run: JoinHandle<Drained>,
}

fn start(directory: tempfile::TempDir, dry_run: bool) -> Scene {
    start_with(directory, |options| options.engine.dry_run = dry_run)
}

fn start_with(directory: tempfile::TempDir, change: impl Fn(&mut RunOptions)) -> Scene {
    let fake = Fake::default();
    let state = directory.path().join("state");
    let mut options = RunOptions::new(vec![directory.path().to_path_buf()], state);
    options.processes.guard = GuardCommand {
        program: env!("CARGO_BIN_EXE_penstock-guard").into(),
        arguments: vec![SUBCOMMAND.into()],
    };
    options.timing = WatchTiming {
        quiet: Duration::from_millis(20),
        again: Duration::from_millis(50),
        ..WatchTiming::default()
    };
    options.drain = DEADLINE;
    change(&mut options);
    let standalone = Arc::new(Standalone::new(options, Arc::new(fake.clone())).unwrap());
    let stop = CancellationToken::new();
    let (running, stopped) = (standalone.clone(), stop.clone());
    let run = TaskTracker::new().spawn(async move { running.run(stopped).await });
    Scene {
        directory,
        fake,
        standalone,
        stop,
        run,
    }
}

impl Scene {
    fn write(&self, name: &str, text: &str) {
        write(&self.directory, name, text);
    }

    async fn wait(&self, what: &str, until: impl Fn(&View) -> bool) -> View {
        let deadline = Instant::now() + DEADLINE;
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        loop {
            looks.tick().await;
            let view = self.standalone.view();
            if until(&view) {
                return view;
            }
            assert!(
                Instant::now() < deadline,
                "{what} did not happen: {view:#?}"
            );
        }
    }

    /// Ends the run and gives back its directory.
    async fn end(self) -> tempfile::TempDir {
        self.stop.cancel();
        let drained = tokio::time::timeout(DEADLINE, self.run)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(drained, Drained::default());
        assert_eq!(ready(&self.standalone.view()), 0);
        self.directory
    }
}

fn write(directory: &tempfile::TempDir, name: &str, text: &str) {
    let new = directory.path().join(format!(".{name}"));
    fs::write(&new, text).unwrap();
    fs::rename(new, directory.path().join(name)).unwrap();
}

fn scene(files: &[(&str, &str)]) -> Scene {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(&directory, name, text);
    }
    start(directory, false)
}

fn ready(view: &View) -> u32 {
    view.processes
        .iter()
        .map(|process| process.status.ready)
        .sum()
}

fn error(view: &View) -> Option<&'static str> {
    view.objects
        .first()
        .and_then(|object| object.error.as_ref())
        .map(|(reason, _)| *reason)
}

const PROCESS: &str = "apiVersion: penstock.dev/v1alpha1\nkind: Process\nmetadata: {name: worker}\n\
                       spec: {command: [sh, -c], args: ['exec sleep 600'], log: discard}\n";

fn object(extra: &str) -> String {
    format!(
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {{name: orders}}\nspec:\n  \
         scaleTargetRef: {{apiVersion: penstock.dev/v1alpha1, kind: Process, name: worker}}\n  \
         pollingInterval: 1\n  cooldownPeriod: 0\n  maxReplicaCount: 3\n  \
         advanced: {{horizontalPodAutoscalerConfig: {{behavior: {{scaleDown: {{stabilizationWindowSeconds: 0}}}}}}}}\n  \
         triggers: [{{type: fake, metadata: {{}}, authenticationRef: {{name: auth}}}}]\n{extra}"
    )
}

#[tokio::test]
async fn processes_follow_the_source_up_and_down_to_zero() {
    let scene = scene(&[("process.yaml", PROCESS), ("object.yaml", &object(""))]);
    scene
        .wait("the object is known", |v| {
            v.objects.len() == 1 && v.processes.len() == 1
        })
        .await;
    scene.fake.set(7);
    let view = scene.wait("three replicas", |v| ready(v) == 3).await;
    let ObjectView {
        error,
        snapshot,
        notices,
        ..
    } = &view.objects[0];
    assert_eq!(error, &None);
    assert_eq!(notices[0].1, "AuthenticationNotFound");
    assert_eq!(snapshot.as_ref().unwrap().triggers.len(), 1);
    scene.fake.set(0);
    scene
        .wait("none", |v| v.processes[0].status.replicas.is_empty())
        .await;
    scene.end().await;
}

#[tokio::test]
async fn an_object_that_cannot_be_run_is_an_error_of_its_own_and_may_be_mended() {
    let scene = scene(&[("object.yaml", &object(""))]);
    scene
        .wait("the target is missing", |v| {
            error(v) == Some("TargetNotFound")
        })
        .await;
    scene.write(
        "object.yaml",
        &object("").replace("kind: Process", "kind: Deployment"),
    );
    let view = scene
        .wait("the kind is wrong", |v| error(v) == Some("NeedsCluster"))
        .await;
    let (_, text) = view.objects[0].error.as_ref().unwrap();
    assert!(
        text.starts_with("kind Deployment (penstock.dev/v1alpha1) needs a cluster; use"),
        "{text}"
    );
    scene.fake.set(1);
    scene.write("object.yaml", &object(""));
    scene.write("process.yaml", PROCESS);
    scene
        .wait("it runs", |v| ready(v) == 1 && error(v).is_none())
        .await;
    let second = object("").replace("name: orders", "name: zweitens");
    scene.write("second.yaml", &second);
    let view = scene
        .wait("a second object", |v| v.objects.len() == 2)
        .await;
    assert_eq!(view.objects[1].error.as_ref().unwrap().0, "AlreadyManaged");
    scene.end().await;
}

#[tokio::test]
async fn edits_apply_without_dropping_replicas_and_broken_ones_change_nothing() {
    let scene = scene(&[("process.yaml", PROCESS), ("object.yaml", &object(""))]);
    scene.fake.set(2);
    let pids = |view: &View| {
        let replicas = &view.processes[0].status.replicas;
        replicas
            .iter()
            .filter_map(|r| r.pid.map(|pid| (r.index, pid)))
            .collect::<BTreeMap<_, _>>()
    };
    let before = pids(&scene.wait("two replicas", |v| ready(v) == 2).await);
    scene.write(
        "object.yaml",
        &object("").replace("pollingInterval: 1", "pollingInterval: none"),
    );
    let view = scene.wait("a finding", |v| !v.findings.is_empty()).await;
    assert!(view.objects[0].kept);
    assert_eq!(view.findings[0].line, 6);
    scene.fake.set(1);
    scene
        .wait("it still scales", |v| {
            v.processes[0].status.replicas.len() == 1
        })
        .await;
    let edited = object("").replace("maxReplicaCount: 3", "maxReplicaCount: 4");
    scene.write("object.yaml", &edited);
    scene.fake.set(4);
    let after = pids(&scene.wait("the edit applies", |v| ready(v) == 4).await);
    assert_eq!(
        after.get(&0),
        before.get(&0),
        "the first replica was not touched"
    );
    fs::remove_file(scene.directory.path().join("process.yaml")).unwrap();
    scene
        .wait("the process is gone", |v| v.processes.is_empty())
        .await;
    scene.end().await;
}

#[tokio::test]
async fn a_changed_secret_reaches_the_source_at_the_next_poll() {
    let secret = |password: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{p: {password}}}\n---\n\
             apiVersion: keda.sh/v1alpha1\nkind: TriggerAuthentication\nmetadata: {{name: auth}}\n\
             spec: {{secretTargetRef: [{{parameter: password, name: s, key: p}}]}}\n"
        )
    };
    let scene = scene(&[
        ("process.yaml", PROCESS),
        ("object.yaml", &object("")),
        ("secret.yaml", &secret("first")),
    ]);
    let passwords = || scene.fake.passwords.lock().unwrap().clone();
    scene
        .wait("it is opened", |_| passwords() == ["first"])
        .await;
    scene.write("secret.yaml", &secret("second"));
    scene
        .wait("it is opened again", |_| passwords() == ["first", "second"])
        .await;
    scene.end().await;
}

#[tokio::test]
async fn a_restart_starts_as_many_replicas_as_there_were() {
    let scene = scene(&[("process.yaml", PROCESS), ("object.yaml", &object(""))]);
    scene.fake.set(3);
    scene.wait("three replicas", |v| ready(v) == 3).await;
    let directory = scene.end().await;
    // Without the object nothing but the memory asks for replicas.
    fs::remove_file(directory.path().join("object.yaml")).unwrap();
    let scene = start(directory, false);
    scene.wait("three again", |v| ready(v) == 3).await;
    scene.end().await;
}

#[tokio::test]
async fn a_dry_run_decides_and_touches_nothing() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, "process.yaml", PROCESS);
    write(&directory, "object.yaml", &object(""));
    let scene = start(directory, true);
    scene.fake.set(3);
    let decided = |v: &View| {
        v.objects.iter().any(|o| {
            o.snapshot
                .as_ref()
                .is_some_and(|s| s.dry_run && s.wanted.is_some_and(|n| n > 0))
        })
    };
    let view = scene.wait("a decision", decided).await;
    assert_eq!(view.processes[0].status.replicas.len(), 0);
    let directory = scene.end().await;
    assert!(!directory.path().join("state").exists());
}

#[tokio::test]
async fn programs_and_logs_are_found_beside_their_manifest() {
    let process = "apiVersion: penstock.dev/v1alpha1\nkind: Process\nmetadata: {name: worker}\nspec:\n  \
                   command: [./run.sh, $(GREETING)]\n  env: [{name: GREETING, value: hello}]\n  log: worker.log\n";
    let scene = scene(&[("process.yaml", process), ("object.yaml", &object(""))]);
    let script: PathBuf = scene.directory.path().join("run.sh");
    fs::write(
        &script,
        "#!/bin/sh\necho $1 $PENSTOCK_REPLICA_INDEX\nexec sleep 600\n",
    )
    .unwrap();
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    scene.fake.set(1);
    let log =
        |directory: &Path| fs::read_to_string(directory.join("worker.log")).unwrap_or_default();
    scene
        .wait("a line", |_| {
            log(scene.directory.path()) == "worker-0 | hello 0\n"
        })
        .await;
    scene.end().await;
}

#[tokio::test]
async fn where_asked_for_replicas_outlive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, "process.yaml", PROCESS);
    write(&directory, "object.yaml", &object(""));
    let pids = |view: &View| -> Vec<u32> {
        view.processes
            .iter()
            .flat_map(|p| &p.status.replicas)
            .filter_map(|r| r.pid)
            .collect()
    };
    let scene = start_with(directory, |options| options.adopt = Some(DEADLINE));
    scene.fake.set(2);
    let before = pids(&scene.wait("two replicas", |v| ready(v) == 2).await);
    scene.stop.cancel();
    let drained = tokio::time::timeout(DEADLINE, scene.run)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        drained
            .adoptable
            .iter()
            .map(|(_, n)| *n)
            .collect::<Vec<_>>(),
        [2]
    );
    assert_eq!(drained.left, []);
    drop(scene.standalone);

    // The next penstock adopts them although it does not leave its own.
    let scene = start(scene.directory, false);
    scene.fake.set(2);
    let after = pids(&scene.wait("two again", |v| ready(v) == 2).await);
    assert_eq!(after, before);
    scene.end().await;
    let alive = |pid: &&u32| Path::new("/proc").join(pid.to_string()).exists();
    assert_eq!(before.iter().filter(alive).count(), 0);
}
