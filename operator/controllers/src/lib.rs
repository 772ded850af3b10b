//! KEDA's objects on Kubernetes: watching them, scaling what they name, telling what came of it.
//!
//! [`Controllers`] watches ScaledObjects and gives them to the engine, which polls and decides.
//! Beside it, one queue keeps autoscalers as they should be and another writes statuses, each with
//! its own share of calls to the API server and a deadline on every call: an API server that is slow
//! delays what people see, never scaling.

mod again;
mod cluster;
mod controllers;
mod events;
mod lane;
mod lease;
mod options;
mod scaled_job;
mod scaled_object;
mod watch;
mod work;

pub use cluster::ClusterReads;
pub use controllers::{Controllers, ControllersError};
pub use lane::{ClusterError, Lane, Lanes, Rate};
pub use lease::{ElectionOptions, Times, Turn, TurnEnded};
pub use options::Options;
