//! How many files a process may have open. A connection is one, and 10,000 triggers may each keep
//! theirs, while many systems begin with a soft limit of 1,024. That one is for programs that still
//! call `select(2)`, which knows no higher numbers: penstock takes the hard limit for itself and hands
//! the former one on to what it starts.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// A limit from which on penstock does not warn: a thousand objects, each with a guard and its
/// pipes, and a few thousand connections.
pub const ENOUGH: u64 = 8192;

/// What [`raise`] found and did. `None` stands for no limit.
#[derive(Debug)]
pub struct Raised {
    /// The soft limit before.
    pub before: Option<u64>,
    /// The soft limit now.
    pub now: Option<u64>,
    /// Whether it could be set.
    pub changed: io::Result<()>,
}

/// Raises this process' soft limit to its hard one.
pub fn raise() -> Raised {
    let found = getrlimit(Resource::Nofile);
    let changed = set(found.maximum);
    Raised {
        before: found.current,
        now: getrlimit(Resource::Nofile).current,
        changed,
    }
}

/// Sets this process' soft limit, at most to the hard one. Async-signal-safe, for use between fork
/// and exec.
///
/// # Errors
/// When the kernel refuses.
pub fn begin_with(soft: u64) -> io::Result<()> {
    set(Some(soft))
}

fn set(soft: Option<u64>) -> io::Result<()> {
    let found = getrlimit(Resource::Nofile);
    let current = match (soft, found.maximum) {
        (Some(soft), Some(hard)) => Some(soft.min(hard)),
        (soft, hard) => soft.or(hard),
    };
    let limit = Rlimit {
        current,
        maximum: found.maximum,
    };
    Ok(setrlimit(Resource::Nofile, limit)?)
}
