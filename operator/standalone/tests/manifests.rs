//! Files that change while they are watched.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use operator_standalone::manifests::{Snapshot, WatchTiming, watch};
use tokio::sync::watch::{Receiver, channel};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const DEADLINE: Duration = Duration::from_secs(20);

struct Scene {
    states: Receiver<Snapshot>,
    stop: CancellationToken,
    tracker: TaskTracker,
}

fn follow(paths: &[&Path], idle: Duration) -> Scene {
    let timing = WatchTiming {
        quiet: Duration::from_millis(20),
        again: Duration::from_millis(50),
        idle,
        ..WatchTiming::default()
    };
    let (publish, states) = channel(Snapshot::default());
    let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
    let paths: Vec<PathBuf> = paths.iter().map(|p| p.to_path_buf()).collect();
    tracker.spawn(watch(paths, timing, publish, stop.clone()));
    Scene {
        states,
        stop,
        tracker,
    }
}

impl Scene {
    async fn names(&mut self, names: &[&str]) {
        self.until(|s| {
            s.objects
                .keys()
                .map(|k| k.name.as_str())
                .eq(names.iter().copied())
        })
        .await;
    }

    async fn until(&mut self, condition: impl FnMut(&Snapshot) -> bool) -> Snapshot {
        let waited = tokio::time::timeout(DEADLINE, self.states.wait_for(condition)).await;
        let found = waited.ok().map(|state| state.unwrap().clone());
        found.unwrap_or_else(|| panic!("still {:?}", self.states.borrow()))
    }

    async fn end(self) {
        self.stop.cancel();
        self.tracker.close();
        tokio::time::timeout(DEADLINE, self.tracker.wait())
            .await
            .unwrap();
    }
}

fn map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n---\n")
}

/// Changes are seen at once, not at the next interval.
const NEVER: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn files_of_a_directory_come_and_go_and_are_renamed_over() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("a.yaml"), map("a")).unwrap();
    fs::write(at("notes.txt"), "x: [").unwrap();
    fs::write(at(".hidden.yaml"), "x: [").unwrap();
    let mut scene = follow(&[directory.path()], NEVER);
    scene.names(&["a"]).await;

    fs::write(at("b.yml"), map("b")).unwrap();
    scene.names(&["a", "b"]).await;
    fs::write(at("a.yaml~"), map("c")).unwrap();
    fs::rename(at("a.yaml~"), at("a.yaml")).unwrap();
    scene.names(&["b", "c"]).await;
    fs::remove_file(at("b.yml")).unwrap();
    scene.names(&["c"]).await;
    assert!(scene.states.borrow().findings.is_empty());
    scene.end().await;
}

#[tokio::test]
async fn a_broken_edit_keeps_the_last_good_state_and_names_the_line() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("app.yaml");
    fs::write(&file, map("a")).unwrap();
    let mut scene = follow(&[&file], NEVER);
    scene.names(&["a"]).await;
    fs::write(&file, map("a") + "apiVersion: v1\nkind: [\n").unwrap();
    let state = scene.until(|s| !s.findings.is_empty()).await;
    assert_eq!(state.objects.len(), 1);
    assert_eq!(state.kept.len(), 1);
    let text = state.findings[0].to_string();
    assert!(text.starts_with(&format!("{}:", file.display())), "{text}");
    assert!(state.findings[0].line >= 5, "{text}");
    fs::write(&file, map("b")).unwrap();
    scene.names(&["b"]).await;
    assert!(scene.states.borrow().findings.is_empty());
    scene.end().await;
}

#[tokio::test]
async fn a_directory_that_is_made_anew_is_found_without_its_watch() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("d");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("a.yaml"), map("a")).unwrap();
    let mut scene = follow(&[&directory], Duration::from_millis(50));
    scene.names(&["a"]).await;
    fs::remove_dir_all(&directory).unwrap();
    scene.until(|s| s.objects.is_empty()).await;
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("b.yaml"), map("b")).unwrap();
    scene.names(&["b"]).await;
    scene.end().await;
}
