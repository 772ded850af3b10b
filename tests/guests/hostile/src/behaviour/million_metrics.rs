use scaler_sdk::Reading;

use crate::Config;

pub(super) fn run(_: &Config) {}

/// That many samples.
pub(crate) fn reading(count: &str) -> Reading {
    let mut reading = Reading::of("hostile", 7);
    let sample = reading.samples[0].clone();
    reading.samples.resize(count.parse().expect("a number"), sample);
    reading
}
