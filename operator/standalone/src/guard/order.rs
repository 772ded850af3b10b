use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a guard is to start. It travels over the socket, not over the command line or the guard's own
/// environment, both of which other users may read or which may change how the guard itself runs.
///
/// There is no `Debug` form: the environment may hold secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The program; looked up in the `PATH` of `environment` when it has no slash.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its whole environment.
    pub environment: Vec<(String, String)>,
    /// Where it runs; penstock's own directory when left out.
    pub directory: Option<PathBuf>,
    /// Time between SIGTERM and SIGKILL, in milliseconds.
    pub grace_milliseconds: u64,
    /// Before each line of output.
    pub prefix: String,
    /// Where output goes.
    pub destination: Destination,
    /// The soft limit of open files that the program begins with; the guard's own when left out.
    #[serde(default)]
    pub open_files: Option<u64>,
    /// What the program was when the order was given; told again to whoever adopts the replica.
    #[serde(default)]
    pub revision: String,
    /// How the replica outlives penstock; it does not when left out.
    #[serde(default)]
    pub adoption: Option<Adoption>,
}

/// How a replica outlives penstock for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    /// A directory that only its owner can enter.
    pub directory: PathBuf,
    /// Name of the socket in it at which the guard waits for the next penstock.
    pub socket: String,
    /// How long it waits, in milliseconds.
    pub milliseconds: u64,
}

/// Where output goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Destination {
    /// To the guard's own standard output, which penstock reads or passes on.
    Stdout,
    /// Nowhere.
    Discard,
    /// To the end of a file.
    File(PathBuf),
}

/// What a guard tells penstock, one JSON text a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// The program runs.
    Started {
        /// Its process and process group.
        pid: u32,
        /// [`Order::revision`].
        revision: String,
        /// [`Order::grace_milliseconds`].
        grace_milliseconds: u64,
    },
    /// The program, its directory or its log file could not be had.
    Failed {
        /// One sentence.
        message: String,
    },
    /// The program ended; the guard ends when everything it left behind has.
    Exited {
        /// Its exit code, unless a signal ended it.
        code: Option<i32>,
        /// The signal that ended it.
        signal: Option<i32>,
    },
}
