use scaler_sdk::Failure;

use crate::Config;

pub(super) fn run(_: &Config) {}

/// An error message of 20 MB.
pub(crate) fn failure() -> Failure {
    Failure::other("x".repeat(20 << 20))
}
