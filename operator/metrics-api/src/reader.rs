//! The port to whoever knows the metrics' values.

mod engine;

use futures::future::BoxFuture;

pub use engine::EngineReader;

/// Knows the values that an autoscaler is to be told.
pub trait MetricReader: Send + Sync {
    /// The values of `metric` of the scaled object. Never empty: what is not known is an error,
    /// since an autoscaler would take a made-up value for the truth.
    fn read<'a>(
        &'a self,
        namespace: &'a str,
        scaled_object: &'a str,
        metric: &'a str,
    ) -> BoxFuture<'a, Result<Vec<MetricItem>, ReadError>>;
}

/// One value of one metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricItem {
    /// The metric's name.
    pub name: String,
    /// The value as text of a Kubernetes quantity, shown as it is.
    pub value: String,
    /// When it was measured, in milliseconds since 1970.
    pub measured_at: u64,
}

/// Why a metric has no value. The text ends up in the events of the autoscaler.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The object cannot be asked: it is not known, or not ready.
    #[error("error getting scalers {0}")]
    NoObject(String),
    /// The object has no such metric.
    #[error("no matching metrics found for {0}")]
    NoMetric(String),
    /// The event source did not say.
    #[error("metric:{metric} encountered error: {text}")]
    Unknown {
        /// The metric.
        metric: String,
        /// Why, without secrets.
        text: String,
    },
}

impl ReadError {
    /// Fixed word for labels.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoObject(_) => "NoObject",
            Self::NoMetric(_) => "NoMetric",
            Self::Unknown { .. } => "Unknown",
        }
    }
}
