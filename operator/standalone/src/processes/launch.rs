use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::BackoffPolicy;
use crate::guard::{Order, SUBCOMMAND};

/// Says what a replica is started with, anew at each start: as in a cluster, a changed Secret reaches
/// replicas that start after the change, and restarts none.
pub trait LaunchSource: Send + Sync {
    /// The order for the replica with this name and index.
    ///
    /// # Errors
    /// When the replica cannot be started as the files stand.
    fn order(&self, replica: &str, index: u32) -> Result<Order, LaunchError>;

    /// Equal for equal programs, also in another penstock: an adopted replica of another revision is
    /// exchanged.
    fn revision(&self) -> String {
        String::new()
    }
}

/// Why a replica cannot be started as the files stand: one sentence, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LaunchError(pub String);

impl LaunchError {
    /// Fixed PascalCase word for conditions and events.
    pub fn reason(&self) -> &'static str {
        "CannotLaunch"
    }
}

/// The program that becomes a guard.
#[derive(Debug, Clone)]
pub struct GuardCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

impl Default for GuardCommand {
    /// This very program, even when its file has been replaced since.
    fn default() -> Self {
        Self {
            program: "/proc/self/exe".into(),
            arguments: vec![SUBCOMMAND.into()],
        }
    }
}

/// Takes lines of output, each with its prefix and without its end. It must not block.
pub type OutputSink = Arc<dyn Fn(&str) + Send + Sync>;

/// How the replicas of one set outlive penstock.
#[derive(Debug, Clone)]
pub struct AdoptionSettings {
    /// A directory for the sockets of this set alone; made where needed, for its owner alone.
    pub directory: PathBuf,
    /// How long guards wait for the next penstock; `None`: replicas are adopted and not left.
    pub bound: Option<Duration>,
    /// Cancelled: the set ends and leaves its replicas to the next penstock.
    pub leave: CancellationToken,
}

/// What all sets of processes share.
#[derive(Clone)]
pub struct ProcessSettings {
    /// The program that becomes a guard.
    pub guard: GuardCommand,
    /// The waits before replicas are started again.
    pub backoff: BackoffPolicy,
    /// Where output for standard output goes; `None`: the guards write to penstock's own.
    pub output: Option<OutputSink>,
    /// Where replicas of an earlier penstock are found, and how those of this one outlive it.
    pub adoption: Option<AdoptionSettings>,
    /// The soft limit of open files that replicas begin with; `None`: penstock's own.
    pub open_files: Option<u64>,
    /// How long a guard may take for its first report, and for its end after the grace period.
    pub patience: Duration,
}

impl Default for ProcessSettings {
    fn default() -> Self {
        Self {
            guard: GuardCommand::default(),
            backoff: BackoffPolicy::default(),
            output: None,
            adoption: None,
            open_files: None,
            // Starting a process takes milliseconds; a machine that swaps may need seconds.
            patience: Duration::from_secs(30),
        }
    }
}
