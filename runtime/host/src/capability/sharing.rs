use crate::abi::v1::sharing::Host;
use crate::abi::v1::{lift_outcome, types};
use crate::state::GuestState;

impl Host for GuestState {
    fn enter(&mut self, handle: u32) -> wasmtime::Result<()> {
        self.impure("sharing.enter")?;
        GuestState::enter(self, handle);
        Ok(())
    }

    fn report(&mut self, handle: u32, outcome: types::Outcome) -> wasmtime::Result<()> {
        self.impure("sharing.report")?;
        GuestState::report(self, handle, lift_outcome(outcome));
        Ok(())
    }
}

impl types::Host for GuestState {}
