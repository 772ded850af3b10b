//! Penstock on a real control plane: the chart is installed by `helm`, and the operator runs with the
//! command line, the environment and the rights that the rendered Deployment states. Only the container
//! around it is missing, since none can run here.

mod cluster;
pub mod demonstration;
mod deployment;
mod manifests;
mod operator;
mod workers;

pub use cluster::{Cluster, PATIENCE};
pub use manifests::{Scene, conditions};
pub use operator::Operator;
pub use workers::Workers;
