//! Whose turn it is to act: KEDA's while it renews its Lease, else that of whoever holds ours.

mod decision;
mod election;
mod rival;
mod turn;

pub use election::{ElectionOptions, Times};
pub use turn::{Turn, TurnEnded};
