//! The external metrics API (`external.metrics.k8s.io/v1beta1`) as an aggregated API server: what
//! the cluster's horizontal autoscaler reads the values of scaled objects from.
//!
//! [`Server`] answers HTTPS requests with what a [`MetricReader`] knows. Who asks and who may is
//! found out as in each Kubernetes API server. [`certificates`] makes, keeps and renews the serving
//! certificate.

mod answer;
mod api;
mod authentication;
mod authorization;
mod certificate;
pub mod certificates;
mod counters;
mod query;
mod reader;
mod route;
mod selector;
mod server;
mod user;
mod verdicts;

pub use api::{MetricsApi, Readiness};
pub use authentication::{AuthenticationError, Authenticator};
pub use authorization::{Authorizer, Holds};
pub use counters::{Counted, LATENCY_BOUNDS, Latency};
pub use reader::{EngineReader, MetricItem, MetricReader, ReadError};
pub use server::{Drained, Limits, Server, ServerError, ServingCertificate, TlsVersion};
