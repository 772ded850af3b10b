//! Where a trigger's secrets and environment come from.
//!
//! [`environment`] computes the variables of a workload; [`Resolver`] adds the parameters that an
//! `authenticationRef` stands for and puts both into a [`runtime_types::Trigger`]. What KEDA
//! only logs comes back as [`Notice`]s, so that a host can show it. One file a source under
//! `source/`.

mod authentication;
mod environment;
mod error;
mod expansion;
mod objects;
mod resolver;
mod source;

pub use environment::{Environment, environment};
pub use error::{AuthError, Notice};
pub use expansion::expand;
pub use objects::{InMemory, Objects};
pub use resolver::{Resolved, Resolver, Workload};
