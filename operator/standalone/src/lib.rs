//! Scaling on one machine: files as the API, processes as replicas.

pub mod guard;
pub mod manifests;
pub mod processes;
pub mod state;
