use scaler_sdk::Failure;

use crate::Config;

pub(super) fn run(_: &Config) {}

/// An error message of that many megabytes.
pub(crate) fn failure(megabytes: &str) -> Failure {
    let megabytes: usize = megabytes.parse().expect("a number");
    Failure::other("x".repeat(megabytes << 20))
}
