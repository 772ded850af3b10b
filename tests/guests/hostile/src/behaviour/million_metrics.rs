use scaler_sdk::Reading;

use crate::Config;

pub(super) fn run(_: &Config) {}

/// As many samples as fit.
pub(crate) fn reading() -> Reading {
    let mut reading = Reading::of("hostile", 7);
    let sample = reading.samples[0].clone();
    reading.samples.resize(200_000, sample);
    reading
}
