use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Patch, PatchParams};
use kube::{Api, Resource};
use operator_api::ScaledJob;
use serde::Deserialize;
use serde_json::json;

use crate::lane::{ClusterError, Lane};

/// A ScaledJob as far as it is read: not at all.
#[derive(Debug, Clone, Deserialize, Resource)]
#[resource(inherit = ScaledJob)]
pub(crate) struct SeenScaledJob {
    pub(crate) metadata: ObjectMeta,
}

/// Says in its status that nobody runs it. Its user would otherwise wait for jobs.
///
/// # Errors
/// When the status cannot be written.
pub(crate) async fn refuse(lane: &Lane, job: &SeenScaledJob) -> Result<(), ClusterError> {
    let (Some(namespace), Some(name)) = (&job.metadata.namespace, &job.metadata.name) else {
        return Ok(());
    };
    let text =
        "this version does not start jobs; run a ScaledObject, or another operator for ScaledJobs";
    let status = json!({"status": {"conditions": [
        {"type": "Ready", "status": "False", "reason": "ScaledJobNotSupported", "message": text},
        {"type": "Active", "status": "Unknown", "reason": "UnknownState", "message": text},
        {"type": "Fallback", "status": "Unknown"},
        {"type": "Paused", "status": "Unknown"},
    ]}});
    let api: Api<SeenScaledJob> = Api::namespaced(lane.client(), namespace);
    let (params, patch) = (PatchParams::default(), Patch::Merge(status));
    let call = api.patch_status(name, &params, &patch);
    match lane.call("write the status of a ScaledJob", call).await {
        Err(error) if error.is_not_found() => Ok(()),
        other => other.map(drop),
    }
}
