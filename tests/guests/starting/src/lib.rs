//! A component that never finishes starting.

use std::hint::black_box;

use scaler_sdk::{Checked, Failure, MetricSpec, Reading, Scaler, Trigger, export_scaler};

struct Starting;

impl Scaler for Starting {
    type Config = ();

    fn check((): &(), _: &Trigger) -> Checked {
        MetricSpec::new("starting", 1).into()
    }

    fn open((): (), _: &Trigger) -> Result<Self, Failure> {
        Ok(Self)
    }

    fn poll(&mut self) -> Result<Reading, Failure> {
        Ok(Reading::of("starting", 1))
    }
}

export_scaler!(Starting);

/// Runs when an instance is made, before anything is called.
extern "C" fn never_ends() {
    let mut rounds = 0_u64;
    while black_box(true) {
        rounds = black_box(rounds.wrapping_add(1));
    }
}

#[cfg(target_family = "wasm")]
#[used]
#[unsafe(link_section = ".init_array")]
static AT_START: extern "C" fn() = never_ends;

// Ordinary programs that link this crate, such as its lints' build, must be able to start.
#[cfg(not(target_family = "wasm"))]
const _: extern "C" fn() = never_ends;
