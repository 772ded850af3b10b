//! Files as the API: what they ask for now, and what they asked for before they broke.

mod desired;
mod scan;
mod watch;

pub use desired::{Desired, Looked, Snapshot};
pub use scan::{Scan, scan};
pub use watch::{WatchTiming, watch};
