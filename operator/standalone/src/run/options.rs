use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use operator_auth::Resolver;
use operator_engine::EngineConfig;
use operator_engine::port::{LogRecorder, Recorder};

use crate::manifests::WatchTiming;
use crate::processes::ProcessSettings;

/// How `penstock run` runs.
#[derive(Clone)]
pub struct RunOptions {
    /// Files and directories of manifests.
    pub paths: Vec<PathBuf>,
    /// Where state is kept; see [`crate::state::default_directory`]. Not touched by a dry run.
    pub state_directory: PathBuf,
    /// The engine's settings, `dry_run` among them.
    pub engine: EngineConfig,
    /// Where events go.
    pub recorder: Arc<dyn Recorder>,
    /// How authentications are resolved.
    pub resolver: Resolver,
    /// How replicas are run.
    pub processes: ProcessSettings,
    /// What replicas inherit, below their own `env`.
    pub environment: Vec<(String, String)>,
    /// When files are looked at.
    pub timing: WatchTiming,
    /// Set: replicas outlive penstock, and the next one that is started within this time with the same
    /// state directory adopts them. The end of this one then leaves them running. Output for standard
    /// output is lost from then on; output for files is not.
    pub adopt: Option<Duration>,
    /// How long the end may take. Replicas that take longer are killed by their guards once penstock
    /// has gone and their own grace period has passed.
    pub drain: Duration,
}

impl RunOptions {
    /// Defaults: penstock's own environment, and a drain of the default grace period and a little.
    pub fn new(paths: Vec<PathBuf>, state_directory: PathBuf) -> Self {
        Self {
            paths,
            state_directory,
            engine: EngineConfig::default(),
            recorder: Arc::new(LogRecorder),
            resolver: Resolver::default(),
            processes: ProcessSettings::default(),
            // A variable that is no text cannot travel in an order; none that matters is not.
            environment: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            timing: WatchTiming::default(),
            adopt: None,
            drain: Duration::from_secs(40),
        }
    }
}
