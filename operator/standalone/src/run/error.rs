use operator_api::ObjectKey;
use operator_engine::specification::SpecificationError;

/// Why an object of the files cannot be run here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// The target is something that only clusters have.
    #[error(
        "kind {kind} ({api_version}) needs a cluster; use apiVersion penstock.dev/v1alpha1 and kind \
         Process to scale a local program"
    )]
    NeedsCluster {
        /// As written, or KEDA's default.
        api_version: String,
        /// As written, or KEDA's default.
        kind: String,
    },
    /// The target is in none of the files.
    #[error(
        "{0} is in none of the files; add it, as apiVersion penstock.dev/v1alpha1 and kind Process"
    )]
    MissingProcess(ObjectKey),
    /// Another object scales the target already.
    #[error(
        "the workload '{workload}' of type 'penstock.dev/v1alpha1.Process' is already managed by the \
         ScaledObject '{by}'"
    )]
    AlreadyManaged {
        /// Name of the target.
        workload: String,
        /// Name of the object.
        by: String,
    },
    /// Jobs are started by clusters.
    #[error(
        "a ScaledJob needs a cluster; a ScaledObject with a Process scales workers on one machine"
    )]
    ScaledJob,
    /// A trigger that a cluster's metrics answer.
    #[error("trigger {index} of type {trigger_type} needs a cluster's resource metrics")]
    ResourceTrigger {
        /// Its position.
        index: u32,
        /// `cpu` or `memory`.
        trigger_type: String,
    },
    /// It cannot be run as it is written.
    #[error(transparent)]
    Specification(#[from] SpecificationError),
}

impl ObjectError {
    /// Fixed PascalCase word for conditions and events.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NeedsCluster { .. } | Self::ScaledJob => "NeedsCluster",
            Self::MissingProcess(_) => "TargetNotFound",
            Self::AlreadyManaged { .. } => "AlreadyManaged",
            Self::ResourceTrigger { .. } => "ResourceTriggerNotSupported",
            Self::Specification(error) => error.reason(),
        }
    }
}
