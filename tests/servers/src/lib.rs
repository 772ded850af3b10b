//! Real servers for tests, each on a free loopback port and ended with its test.
//!
//! A server that is not installed is left out on a developer's machine, with the command that
//! installs it, and fails the test where `CI` is set. `cargo xtask test` installs them by itself
//! where it may.

mod certificates;
mod free_port;
mod installed;
mod prometheus;
mod redis;

pub use certificates::Certificates;
pub use prometheus::{Prometheus, Security};
pub use redis::Redis;
