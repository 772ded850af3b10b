use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::{Desired, Looked, Snapshot, scan};

/// When files are looked at again.
#[derive(Debug, Clone, Copy)]
pub struct WatchTiming {
    /// So long nothing must have changed: an editor writes several times.
    pub quiet: Duration,
    /// But no longer than this after the first change.
    pub most: Duration,
    /// A file that went missing is given up after this.
    pub again: Duration,
    /// And without any change: network file systems report none.
    pub idle: Duration,
}

impl Default for WatchTiming {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(150),
            most: Duration::from_secs(1),
            again: Duration::from_secs(1),
            idle: Duration::from_secs(5),
        }
    }
}

/// Follows `paths` until `stop`, publishing each state that differs from the one before. The first is
/// published at once.
pub async fn watch(
    paths: Vec<PathBuf>,
    timing: WatchTiming,
    publish: watch::Sender<Snapshot>,
    stop: CancellationToken,
) {
    // One wish to look is as good as many.
    let (wake, mut woken) = mpsc::channel(1);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // The looks themselves open and read; they must not wake the next one.
        let read = event.is_ok_and(|event| match event.kind {
            EventKind::Access(access) => access != AccessKind::Close(AccessMode::Write),
            _ => false,
        });
        if !read {
            let _ = wake.try_send(());
        }
    })
    .inspect_err(|error| {
        tracing::warn!(%error, every = ?timing.idle, "files are looked at in intervals, for changes cannot be watched");
    })
    .ok();
    let mut desired = Desired::default();
    let mut first = true;
    loop {
        // Before the look, so that no change falls between the two.
        observe(watcher.as_mut(), &paths);
        let looked = look(&paths, &mut desired).await;
        if std::mem::take(&mut first) || looked.changed {
            publish.send_replace(desired.snapshot());
        }
        let wait = if looked.again {
            timing.again
        } else {
            timing.idle
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(wait) => {}
            // Without a watcher the channel is closed, and only the interval counts.
            Some(()) = woken.recv(), if !looked.again => settle(&mut woken, timing).await,
        }
    }
}

async fn look(paths: &[PathBuf], desired: &mut Desired) -> Looked {
    let paths = paths.to_vec();
    // Reading may take long on a network file system.
    match tokio::task::spawn_blocking(move || scan(&paths)).await {
        Ok(scan) => desired.update(scan),
        Err(_) => Looked::default(),
    }
}

/// Directories are watched, not files, so that a file that is replaced stays watched. Asking again for
/// one that is watched already costs nothing and finds one that was made anew.
fn observe(watcher: Option<&mut RecommendedWatcher>, paths: &[PathBuf]) {
    let Some(watcher) = watcher else { return };
    for path in paths {
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
        let directory = if path.is_dir() {
            path
        } else {
            parent.unwrap_or(Path::new("."))
        };
        if let Err(error) = watcher.watch(directory, RecursiveMode::NonRecursive) {
            tracing::debug!(directory = %directory.display(), %error, "cannot be watched");
        }
    }
}

async fn settle(woken: &mut mpsc::Receiver<()>, timing: WatchTiming) {
    let most = Instant::now() + timing.most;
    loop {
        tokio::select! {
            () = sleep_until(most) => return,
            more = timeout(timing.quiet, woken.recv()) => match more {
                Ok(Some(())) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }
}
