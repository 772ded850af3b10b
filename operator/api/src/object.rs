use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::{Deserialize, Serialize};

use crate::{
    ClusterTriggerAuthentication, ConfigMap, Process, ScaledJob, ScaledObject, Secret,
    TriggerAuthentication,
};

/// Any object that files may hold.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // Each variant is the kind of its name.
pub enum Object {
    ScaledObject(Box<ScaledObject>),
    ScaledJob(Box<ScaledJob>),
    TriggerAuthentication(Box<TriggerAuthentication>),
    ClusterTriggerAuthentication(Box<ClusterTriggerAuthentication>),
    Process(Box<Process>),
    Secret(Secret),
    ConfigMap(ConfigMap),
}

/// What tells objects apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for kinds without one.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{} {}", self.kind, self.name)
        } else {
            write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}

impl Object {
    /// The kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ScaledObject(_) => "ScaledObject",
            Self::ScaledJob(_) => "ScaledJob",
            Self::TriggerAuthentication(_) => "TriggerAuthentication",
            Self::ClusterTriggerAuthentication(_) => "ClusterTriggerAuthentication",
            Self::Process(_) => "Process",
            Self::Secret(_) => "Secret",
            Self::ConfigMap(_) => "ConfigMap",
        }
    }

    /// Name, namespace, annotations.
    pub fn metadata(&self) -> &ObjectMeta {
        match self {
            Self::ScaledObject(object) => &object.metadata,
            Self::ScaledJob(object) => &object.metadata,
            Self::TriggerAuthentication(object) => &object.metadata,
            Self::ClusterTriggerAuthentication(object) => &object.metadata,
            Self::Process(object) => &object.metadata,
            Self::Secret(object) => &object.metadata,
            Self::ConfigMap(object) => &object.metadata,
        }
    }

    /// What tells it apart. A namespace left out is `default`.
    pub fn key(&self) -> ObjectKey {
        let metadata = self.metadata();
        ObjectKey::new(
            self.kind(),
            metadata.namespace.as_deref(),
            metadata.name.as_deref().unwrap_or_default(),
        )
    }
}

impl ObjectKey {
    /// A key; a namespace left out is `default`, and dropped for kinds without one.
    pub fn new(kind: &str, namespace: Option<&str>, name: &str) -> Self {
        let namespace = match kind {
            "ClusterTriggerAuthentication" => "",
            _ => namespace.filter(|n| !n.is_empty()).unwrap_or("default"),
        };
        Self {
            kind: kind.to_string(),
            namespace: namespace.to_string(),
            name: name.to_string(),
        }
    }
}
