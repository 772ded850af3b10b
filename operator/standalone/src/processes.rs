//! Replicas of a program as what is scaled.
//!
//! A [`ProcessSet`] keeps as many replicas running as it is asked for and is the engine's
//! [`operator_engine::port::ScaleTarget`]. Each replica lives below a [`crate::guard`].

mod adoption;
mod backoff;
mod launch;
mod plan;
mod replica;
mod set;
mod status;

pub use backoff::BackoffPolicy;
pub use launch::{
    AdoptionSettings, GuardCommand, LaunchError, LaunchSource, OutputSink, ProcessSettings,
};
pub use set::ProcessSet;
pub use status::{ReplicaPhase, ReplicaStatus, SetStatus};
