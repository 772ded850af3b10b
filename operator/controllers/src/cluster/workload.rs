use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::Deserialize;

/// The few fields of a Deployment that scaling needs: ten thousand pod templates would not fit.
#[derive(Debug, Clone, Deserialize, Resource)]
#[resource(inherit = Deployment)]
pub(crate) struct SlimDeployment {
    pub(crate) metadata: ObjectMeta,
    #[serde(default)]
    pub(crate) spec: SlimSpec,
    #[serde(default)]
    pub(crate) status: SlimStatus,
}

/// The few fields of a StatefulSet that scaling needs.
#[derive(Debug, Clone, Deserialize, Resource)]
#[resource(inherit = StatefulSet)]
pub(crate) struct SlimStatefulSet {
    pub(crate) metadata: ObjectMeta,
    #[serde(default)]
    pub(crate) spec: SlimSpec,
    #[serde(default)]
    pub(crate) status: SlimStatus,
}

/// What is wanted of a workload.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct SlimSpec {
    replicas: Option<i32>,
}

/// What a workload has.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SlimStatus {
    ready_replicas: Option<i32>,
}

impl SlimSpec {
    /// Left out means one.
    pub(super) fn replicas(&self) -> u32 {
        self.replicas.map_or(1, |n| u32::try_from(n).unwrap_or(0))
    }
}

impl SlimStatus {
    pub(super) fn ready(&self) -> u32 {
        self.ready_replicas
            .map_or(0, |n| u32::try_from(n).unwrap_or(0))
    }
}

/// Keeps of the metadata what identifies a workload.
pub(crate) fn trim(metadata: &mut ObjectMeta) {
    metadata.annotations = None;
    metadata.labels = None;
    metadata.owner_references = None;
    metadata.finalizers = None;
}
