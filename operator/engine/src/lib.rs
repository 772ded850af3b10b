//! One task per scaled object: poll, snapshot, decision, action.
//!
//! [`Engine`] runs [`ObjectSpec`]s against the ports in [`port`] and publishes a [`Snapshot`] of
//! each after each tick. Decisions are [`operator_scaling`]'s.

mod engine;
mod object;
pub mod port;
mod schedule;
mod snapshot;
pub mod specification;
mod starts;
mod task;

pub use engine::{Engine, Left, Ports, QueryError};
pub use object::{EngineConfig, ObjectKey, ObjectSpec, TriggerSpec, TriggerSpecKind};
pub use snapshot::{
    Counters, KEPT_DECISIONS, MetricSnapshot, Snapshot, TimedFailure, TriggerSnapshot,
};

#[cfg(test)]
mod tests;
