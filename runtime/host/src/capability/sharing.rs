use crate::abi::v1::sharing::Host;
use crate::abi::v1::{lift_outcome, types};
use crate::state::GuestState;

impl Host for GuestState {
    /// An instance serves one trigger so far, so there is nothing to switch.
    fn enter(&mut self, _handle: u32) -> wasmtime::Result<()> {
        self.impure("sharing.enter")
    }

    fn report(&mut self, handle: u32, outcome: types::Outcome) -> wasmtime::Result<()> {
        self.impure("sharing.report")?;
        // One per handle of this poll; more would be a way to fill the host's memory.
        if self.call.reports.len() < 256 || self.call.reports.contains_key(&handle) {
            self.call.reports.insert(handle, lift_outcome(outcome));
        }
        Ok(())
    }
}

impl types::Host for GuestState {}
