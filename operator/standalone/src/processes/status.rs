use std::time::SystemTime;

use serde::Serialize;

/// What a set of processes is doing.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SetStatus {
    /// Replicas asked for.
    pub wanted: u32,
    /// Replicas that run and are not being ended.
    pub ready: u32,
    /// Replicas that are being ended.
    pub ending: u32,
    /// Each replica, by index.
    pub replicas: Vec<ReplicaStatus>,
}

impl SetStatus {
    /// The latest reason for which a replica does not run.
    pub fn last_error(&self) -> Option<&str> {
        self.replicas
            .iter()
            .filter(|r| matches!(r.phase, ReplicaPhase::BackingOff | ReplicaPhase::Starting))
            .find_map(|replica| replica.last_error.as_deref())
    }
}

/// One replica.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaStatus {
    /// Its `PENSTOCK_REPLICA_INDEX`.
    pub index: u32,
    /// What it is doing.
    pub phase: ReplicaPhase,
    /// Its process and process group, while it runs.
    pub pid: Option<u32>,
    /// When it was last started.
    pub started: Option<SystemTime>,
    /// How often it ended without being asked.
    pub restarts: u32,
    /// How it last ended, or why it could not be started.
    pub last_error: Option<String>,
}

/// What a replica is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ReplicaPhase {
    /// Between order and first report.
    Starting,
    /// Alive.
    Running,
    /// Waiting to be started again.
    BackingOff,
    /// Asked to end.
    Ending,
}
