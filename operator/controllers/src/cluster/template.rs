use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar};
use kube::Api;
use kube::api::{ApiResource, DynamicObject};
use operator_auth::Workload;
use serde::Deserialize;

use crate::lane::{ClusterError, Lane};

/// What a target says of its containers' environment, whatever kind it is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Spec {
    template: Template,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Template {
    spec: PodSpec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PodSpec {
    containers: Vec<Container>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Container {
    name: String,
    env: Vec<EnvVar>,
    env_from: Vec<EnvFromSource>,
}

/// The containers of the target's pod template; none where the target has no template.
///
/// # Errors
/// When the target cannot be read.
pub(crate) async fn containers(
    lane: &Lane,
    kind: &ApiResource,
    namespace: &str,
    name: &str,
) -> Result<Workload, ClusterError> {
    let api: Api<DynamicObject> = Api::namespaced_with(lane.client(), namespace, kind);
    let what = format!("read {} {namespace}/{name}", kind.kind);
    let object = lane.call(&what, api.get(name)).await?;
    let spec = object.data.get("spec").cloned().unwrap_or_default();
    // A kind without a pod template has none of these fields, or others of the same names.
    let spec: Spec = serde_json::from_value(spec).unwrap_or_default();
    let containers = spec.template.spec.containers.into_iter();
    Ok(Workload {
        namespace: namespace.to_string(),
        containers: containers.map(|c| (c.name, c.env_from, c.env)).collect(),
        without_secrets: false,
    })
}
