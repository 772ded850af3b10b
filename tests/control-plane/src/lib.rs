//! A real Kubernetes control plane for tests, without containers and without root: etcd,
//! kube-apiserver, kube-controller-manager (with its own HPA, Deployment, Job and garbage
//! collection controllers), kube-scheduler, and kwok, which plays the nodes and the pods on them.
//! `kubectl` and `helm` come along.
//!
//! All of them are built from Go modules of fixed versions, once for each user, by
//! `cargo xtask control-plane build`. A [`ControlPlane`] lives on free loopback ports in a
//! temporary folder; several run side by side, and none outlives the process that started it.

pub mod background;
mod binaries;
mod certificates;
mod control_plane;
mod dump;
mod flags;
mod kubeconfig;
mod nodes;
mod options;
mod part;
mod ports;
mod process;
mod waiting;
mod watchdog;

pub use binaries::Binaries;
pub use certificates::{Authority, Certificate};
pub use control_plane::ControlPlane;
pub use options::Options;
pub use part::Part;
pub use waiting::eventually;
