//! What reads foreign text and bytes, one function for each: it feeds an input and holds the result
//! to what must be true of every input.
//!
//! Modules that their crates keep to themselves are compiled here from their own files, so that
//! nothing is made public for this and the sandbox (minutes to compile, and counters that slow down
//! each run) stays out.

mod answer;
mod component;
mod connection;
mod cron;
mod formula;
mod manifest;
mod number;
mod parameters;
mod stack;
mod text;
mod trigger;

pub use answer::answer;
pub use component::component;
pub use connection::connection;
pub use cron::cron;
pub use formula::formula;
pub use manifest::manifest;
pub use number::number;
pub use parameters::parameters;
pub use trigger::trigger;

#[allow(dead_code, unused_imports)]
#[path = "../../../runtime/host/src"]
mod host {
    pub(crate) mod description;
    pub(crate) mod error;
    pub(crate) mod grants;
}

#[allow(dead_code, unused_imports)]
#[path = "../../../scalers/catalog/cron/src"]
mod cron_scaler {
    pub(crate) mod schedule;
}

#[allow(dead_code)]
#[path = "../../../scalers/catalog/metrics-api/src"]
mod metrics_api {
    pub(crate) mod value;
}

#[allow(dead_code)]
#[path = "../../../scalers/sdk/src/config"]
mod sdk_config {
    pub(crate) mod duration;
}

// The names by which those modules know each other.
use host::error::HostError;
use metrics_api::value;
