//! Files as the API: what they ask for now, and what they asked for before they broke.

mod desired;
mod scan;
mod watch;

pub use desired::{Desired, Looked, Snapshot};
pub use scan::{Scan, scan};
pub use watch::{WatchTiming, watch};

use std::path::PathBuf;

/// What the files ask for right now, for those who look once.
pub fn load(paths: &[PathBuf]) -> Snapshot {
    let mut desired = Desired::default();
    desired.update(scan(paths));
    desired.snapshot()
}
