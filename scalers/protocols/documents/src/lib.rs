//! One number out of a document, as KEDA's `valueLocation` names it: in JSON, in YAML, or a text
//! that is a Kubernetes quantity.

mod fault;
mod json;
mod quantity;
mod yaml;

pub use fault::{no_number, nothing_at, quantity};
pub use json::find as json;
pub use quantity::parse as parse_quantity;
pub use yaml::find as yaml;
