//! Loads scaler components and polls them, sandboxed.
//!
//! A [`Catalog`] is a folder of component files. It finds the one that provides a trigger's type,
//! compiles it on first use (keeping the machine code in an [`AotCache`]), and hands out
//! [`OpenTrigger`]s. Polling one runs the component in a store of its own, where it can do
//! nothing but compute, reach what the trigger's own parameters name, and be stopped: a trap, an
//! endless loop, unbounded memory or a hung server costs that trigger one unknown value, never
//! another trigger's poll. Triggers of one connection share an instance where the component says that it
//! can; the one during whose turn it ended is then kept away from the others.
//!
//! Knows nothing of Kubernetes, and takes no decision.

mod abi;
mod capability;
mod catalog;
mod compiled;
pub mod compiler;
mod component;
mod description;
mod engine;
mod error;
mod grants;
mod in_flight;
mod instance;
mod kube_read;
mod limits;
mod names;
mod open_trigger;
mod permit;
mod redact;
mod runtime;
mod sharing;
mod state;
mod timeout;
mod warm;

pub use catalog::{Catalog, CatalogConfig, Entry, Fault};
pub use compiled::AotCache;
pub use description::{DESCRIPTION_SECTION, read_description};
pub use error::{CheckError, HostError};
pub use grants::{Grants, HostPattern, HostPort, Policy};
pub use kube_read::KubeRead;
pub use limits::Limits;
pub use names::{Names, SystemNames};
pub use open_trigger::{OpenTrigger, PollCounts};
