//! Pure scaling decisions: activation, cooldown, fallback, modifiers, HPA maths.

mod condition;
pub mod formula;
pub mod hpa;
mod input;
mod milli;
pub mod spec;
mod state;
mod time;

pub use condition::{Condition, ConditionKind, ConditionStatus, Event};
pub use input::{
    External, Failure, Inputs, MetricInput, Replicas, Resource, ResourceTarget, ResourceUsage,
    Tick, TriggerInput, TriggerKind,
};
pub use milli::Milli;
pub use state::{Health, State};
pub use time::Millis;
