//! Components and the command against real servers and real processes.
//!
//! This library is what the tests share: built components, the command with its folder, what the
//! admin address answers, and a strict reader of metrics.

mod api;
mod component;
mod http;
mod metrics;
mod output;
mod penstock;
mod processes;
mod scene;
mod wait;

pub use api::{
    Condition, Counters, Decision, ErrorAt, Failure, Metric, Object, ProcessSet, Trigger, World,
};
pub use component::{ComponentSubject, catalog_folders, penstock, scalers_folder};
pub use http::Answer;
pub use metrics::{Kind, Metrics, Sample};
pub use penstock::{Ended, Penstock};
pub use processes::Processes;
pub use scene::Scene;
pub use wait::{PATIENCE, eventually};
