use crate::bindings::penstock::scaler::types::{Handle, Outcome, Reading};
use crate::{Failure, Scaler};

/// One of several triggers that are asked for together, see [`Scaler::poll_all`].
#[derive(Debug)]
pub struct Shared<'a, S> {
    handle: Handle,
    scaler: &'a mut S,
}

impl<'a, S: Scaler> Shared<'a, S> {
    pub(crate) fn new(handle: Handle, scaler: &'a mut S) -> Self {
        Self { handle, scaler }
    }

    /// The trigger, for a look at its parameters.
    pub fn scaler(&self) -> &S {
        self.scaler
    }

    /// The trigger, to work for it: from here on log lines, [`kv`](crate::kv) and a panic are its own.
    /// After a panic only this one is kept away from the others.
    pub fn enter(&mut self) -> &mut S {
        enter(self.handle);
        self.scaler
    }

    /// What came of it. Better early than late: it is kept even if a later trigger panics.
    pub fn report(self, outcome: Result<Reading, Failure>) {
        report(
            self.handle,
            match outcome {
                Ok(reading) => Outcome::Reading(reading),
                Err(failure) => failure.into(),
            },
        );
    }
}

#[cfg(target_family = "wasm")]
fn enter(handle: Handle) {
    crate::bindings::penstock::scaler::sharing::enter(handle);
}

/// An ordinary program has no host that would attribute anything.
#[cfg(not(target_family = "wasm"))]
fn enter(_: Handle) {}

#[cfg(target_family = "wasm")]
pub(crate) fn report(handle: Handle, outcome: Outcome) {
    crate::bindings::penstock::scaler::sharing::report(handle, &outcome);
}

#[cfg(not(target_family = "wasm"))]
pub(crate) fn report(handle: Handle, outcome: Outcome) {
    crate::native::keep_report(handle, outcome);
}
