//! Hostile components, and the tests that they hurt nobody but themselves.
//!
//! `hostile/` is one component with many ways to misbehave; `tests/contained/` has a test for
//! each. `sharing/` serves many triggers with one instance. `older/` is built against a smaller contract. This library is what the tests share: a
//! sandbox with short limits, and well-behaved neighbours that must not notice anything.

mod bomb;
mod cluster;
mod company;
mod described;
mod neighbours;
mod sandbox;
mod servers;

pub use bomb::bomb;
pub use cluster::PlayedCluster;
pub use company::{Company, sharing_trigger, whole};
pub use described::described;
pub use neighbours::Neighbours;
pub use sandbox::{Sandbox, component_file, failure, trigger};
pub use servers::{TlsServer, http_server, redirecting_server, stream_server};
