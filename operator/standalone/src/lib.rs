//! Scaling on one machine: files as the API, processes as replicas.

pub mod guard;
pub mod manifests;
pub mod open_files;
pub mod processes;
pub mod run;
pub mod state;
