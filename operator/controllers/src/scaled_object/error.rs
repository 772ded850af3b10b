use operator_engine::specification::SpecificationError;

use crate::again::Failed;
use crate::lane::ClusterError;

/// Why an object is not ready. The texts go into its condition, which begins as KEDA's does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ObjectError {
    /// It is not what the type says.
    #[error("ScaledObject cannot be read: {0}")]
    Unreadable(String),
    /// No name is given.
    #[error(
        "ScaledObject doesn't have correct scaleTargetRef specification: scaleTargetRef.name is empty"
    )]
    NoTarget,
    /// The cluster has no such kind.
    #[error(
        "ScaledObject doesn't have correct scaleTargetRef specification: the cluster has no kind {kind} in {api_version}"
    )]
    UnknownKind {
        /// As written, or the default.
        api_version: String,
        /// As written, or the default.
        kind: String,
    },
    /// There is no such target.
    #[error(
        "ScaledObject doesn't have correct scaleTargetRef specification: Target resource doesn't exist: {0}"
    )]
    TargetMissing(String),
    /// The target has no `/scale`.
    #[error(
        "ScaledObject doesn't have correct scaleTargetRef specification: Target resource doesn't expose /scale subresource: {0}"
    )]
    NotScalable(String),
    /// Another object scales the target already.
    #[error(
        "the workload '{workload}' of type '{kind}' is already managed by the ScaledObject '{by}'"
    )]
    AlreadyManaged {
        /// Name of the target.
        workload: String,
        /// Version and kind of the target.
        kind: String,
        /// Name of the other object.
        by: String,
    },
    /// The triggers contradict one another.
    #[error("ScaledObject doesn't have correct triggers specification: {0}")]
    Triggers(String),
    /// It cannot be run as it is written.
    #[error(transparent)]
    Specification(#[from] SpecificationError),
    /// Two metrics have one name.
    #[error(
        "failed to ensure HPA is correctly created for ScaledObject: metricName {metric} defined multiple times in ScaledObject {object}"
    )]
    DuplicateMetric {
        /// The name.
        metric: String,
        /// The object's name.
        object: String,
    },
    /// The autoscaler cannot be made as it should be.
    #[error("failed to ensure HPA is correctly created for ScaledObject: {0}")]
    Autoscaler(ClusterError),
    /// Something else cannot be read or written.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl ObjectError {
    /// Fixed PascalCase word for logs and labels; the condition's reason is KEDA's for all of them.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "Unreadable",
            Self::NoTarget => "NoTarget",
            Self::UnknownKind { .. } => "UnknownKind",
            Self::TargetMissing(_) => "TargetNotFound",
            Self::NotScalable(_) => "NotScalable",
            Self::AlreadyManaged { .. } => "AlreadyManaged",
            Self::Triggers(_) => "InvalidTriggers",
            Self::Specification(error) => error.reason(),
            Self::DuplicateMetric { .. } => "DuplicateMetric",
            Self::Autoscaler(error) | Self::Cluster(error) => error.reason(),
        }
    }
}

impl Failed for ObjectError {
    fn is_away(&self) -> bool {
        match self {
            Self::Autoscaler(error) | Self::Cluster(error) => error.is_away(),
            _ => false,
        }
    }
}
