//! What is wrong with manifests, told without a cluster, a server or a running penstock.
//!
//! [`gather`] reads files, [`lint`] reads what stands in them: each object against the schema of its
//! kind and the rules of KEDA, each trigger against the schema of its scaler and, as far as its values
//! stand in the files, the scaler's own check; and then the objects against one another. What cannot be
//! known here (a Secret that lies in the cluster alone, a variable of a workload that is in none of the
//! files) is never a finding.
//!
//! Scalers are behind the port [`Components`].

mod component;
mod explain;
mod files;
mod finding;
mod lint;
mod rules;
mod trigger;
mod world;

pub use component::{CheckFailure, Components};
pub use files::{GatherError, Input, gather};
pub use finding::{Finding, Report, Severity};
pub use lint::lint;
