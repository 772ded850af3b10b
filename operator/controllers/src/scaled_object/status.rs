//! What the cluster is told of an object: one patch of what changed, after reconciles and decisions.

mod conditions;
mod desired;
mod patch;
mod write;

pub(super) use desired::interval;
pub(crate) use write::write;
