//! Runs a scaler's `cases/*.toml`: a trigger, scripted servers, and what has to come out of it.
//!
//! The same cases run natively (here, with [`run_cases`]) and through the real component, by
//! another [`Subject`]. The file format is described in `scalers/testkit/README.md`.

mod case;
mod check;
mod fill;
mod folder;
mod keda;
mod kube;
mod native;
mod run;
mod servers;
mod subject;

pub use case::{Case, CaseError, Kind, load_cases};
pub use keda::run_keda_cases;
pub use kube::KubeScript;
pub use native::Native;
pub use run::{run, run_cases};
pub use subject::{Setting, Subject};
