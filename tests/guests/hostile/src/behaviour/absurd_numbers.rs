use scaler_sdk::Reading;

use crate::Config;

pub(super) fn run(_: &Config) {}

/// A number that no source has.
pub(crate) fn reading(number: &str) -> Reading {
    let number: f64 = number.parse().expect("a number");
    Reading::of("hostile", number)
}
