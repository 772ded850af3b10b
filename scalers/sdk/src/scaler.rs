use crate::bindings::penstock::scaler::types::{Checked, Reading};
use crate::{Failure, Shared, Trigger, TriggerConfig};

/// One kind of event source: what its parameters mean and how to ask it for its numbers.
///
/// A value is one open trigger. It lives for a single poll, or, in a component whose
/// `scaler.toml` says `lifecycle = "warm"`, for as many as the host likes to keep it: whatever it
/// keeps (a connection, a cursor) makes polls cheaper, never possible.
pub trait Scaler: Sized + 'static {
    /// The parameters. Read and validated by the SDK before any other function is called.
    type Config: TriggerConfig;

    /// Names and targets of the metrics that [`poll`](Self::poll) will report, from the
    /// parameters alone: no connection, no clock, no file.
    fn check(config: &Self::Config, trigger: &Trigger) -> Checked;

    /// Prepares for polling. Connecting is better left to the first poll.
    ///
    /// # Errors
    /// When the source cannot be prepared for.
    fn open(config: Self::Config, trigger: &Trigger) -> Result<Self, Failure>;

    /// Asks the source once.
    ///
    /// # Errors
    /// When the source's value is not known. Never return 0 for that.
    fn poll(&mut self) -> Result<Reading, Failure>;

    /// Asks for all of these at once. Only for a component whose `scaler.toml` says
    /// `sharing = "connection"`: these triggers have equal endpoints, TLS and credentials, and one
    /// instance. Whoever can ask one question for all of them overrides this; what else makes a
    /// connection (the number of a database) it compares itself.
    ///
    /// The failure of one is that one's outcome. A trigger without a report is polled again, alone.
    fn poll_all(triggers: Vec<Shared<'_, Self>>) {
        for mut trigger in triggers {
            let outcome = trigger.enter().poll();
            trigger.report(outcome);
        }
    }
}
