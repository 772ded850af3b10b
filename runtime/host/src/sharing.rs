//! Triggers with equal connection parameters in one instance, for components that say they can.
//!
//! A [`Group`](Groups) is all triggers that may share: the same component, namespace, connection
//! parameters and grants. It is made of [`Cohort`]s of at most 256 triggers, each with one
//! instance and one task that gathers the polls of its members into one call.

mod ask;
mod batch;
mod cohort;
mod company;
mod group;
mod key;

pub(crate) use ask::{Answer, Asked};
pub(crate) use company::Company;
pub(crate) use group::{Groups, Membership};
