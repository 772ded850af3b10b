use kube::Api;
use kube::api::{Patch, PatchParams};
use operator_api::ScaledObject;
use operator_engine::ObjectKey;
use operator_engine::port::ScaleTarget;
use serde_json::json;

use super::World;
use crate::cluster::{KubernetesTarget, SeenScaledObject};
use crate::lane::ClusterError;

/// KEDA's own, so that either program can let go of an object of the other.
const FINALIZER: &str = "finalizer.keda.sh";
const NAME_LABEL: &str = "scaledobject.keda.sh/name";

/// Whether the object has our finalizer.
pub(super) fn has_finalizer(object: &ScaledObject) -> bool {
    let mut finalizers = object.metadata.finalizers.iter().flatten();
    finalizers.any(|finalizer| finalizer == FINALIZER)
}

/// A finalizer is there only while something is left to be done at the end: an object that nobody
/// runs any more can then be deleted by anybody.
fn needs_finalizer(object: &ScaledObject) -> bool {
    let advanced = object.spec.advanced.as_ref();
    advanced.is_some_and(|advanced| advanced.restore_to_original_replica_count)
}

/// Sets the label by which metrics are asked for, and the finalizer where one is needed; one call, and
/// mostly none.
pub(super) async fn ensure_metadata(
    world: &World,
    object: &ScaledObject,
    key: &ObjectKey,
) -> Result<(), ClusterError> {
    let labels = object.metadata.labels.as_ref();
    let mut metadata = serde_json::Map::new();
    if labels.and_then(|labels| labels.get(NAME_LABEL)) != Some(&key.name) {
        metadata.insert("labels".into(), json!({NAME_LABEL: key.name}));
    }
    if needs_finalizer(object) != has_finalizer(object) {
        let finalizers = changed_finalizers(object, needs_finalizer(object));
        metadata.insert("finalizers".into(), json!(finalizers));
        // The list is replaced as a whole: only if nobody changed it meanwhile.
        let version = object.metadata.resource_version.as_ref();
        metadata.insert("resourceVersion".into(), json!(version));
    }
    if metadata.is_empty() {
        return Ok(());
    }
    patch(world, key, json!({"metadata": metadata})).await
}

fn changed_finalizers(object: &ScaledObject, with: bool) -> Vec<String> {
    let others = object.metadata.finalizers.iter().flatten();
    let mut finalizers: Vec<_> = others.filter(|f| *f != FINALIZER).cloned().collect();
    if with {
        finalizers.push(FINALIZER.to_string());
    }
    finalizers
}

async fn patch(
    world: &World,
    key: &ObjectKey,
    patch: serde_json::Value,
) -> Result<(), ClusterError> {
    let lane = &world.lanes.settling;
    let api: Api<SeenScaledObject> = Api::namespaced(lane.client(), &key.namespace);
    let (params, patch) = (PatchParams::default(), Patch::Merge(patch));
    let call = api.patch_metadata(&key.name, &params, &patch);
    let what = format!("write the metadata of ScaledObject {key}");
    lane.call(&what, call).await.map(drop)
}

/// The end of an object: gives its target back the replicas it had at first, and lets the object go.
/// That the target cannot be scaled does not keep the object.
pub(super) async fn finalize(
    world: &World,
    object: &ScaledObject,
    key: &ObjectKey,
) -> Result<(), ClusterError> {
    if !has_finalizer(object) {
        return Ok(());
    }
    if needs_finalizer(object)
        && let Err(error) = restore(world, object, key).await
    {
        tracing::warn!(object = %key, %error, "the replicas of the beginning are not restored");
    }
    let finalizers = changed_finalizers(object, false);
    let version = object.metadata.resource_version.as_ref();
    let body = json!({"metadata": {"finalizers": finalizers, "resourceVersion": version}});
    match patch(world, key, body).await {
        Err(error) if error.is_not_found() => Ok(()),
        other => other,
    }
}

async fn restore(world: &World, object: &ScaledObject, key: &ObjectKey) -> Result<(), String> {
    let status = object.status.as_ref();
    let original = status.and_then(|status| status.original_replica_count);
    let replicas = original
        .and_then(|n| u32::try_from(n).ok())
        .ok_or("it is not known how many they were")?;
    let kind = world
        .kinds
        .find(&world.lanes.settling, &object.spec.scale_target_ref)
        .await
        .map_err(|error| error.to_string())?;
    let target = KubernetesTarget {
        stores: world.stores.clone(),
        lane: world.lanes.settling.clone(),
        kind,
        namespace: key.namespace.clone(),
        name: object.spec.scale_target_ref.name.clone(),
        seen: std::sync::Mutex::default(),
    };
    target
        .scale(replicas)
        .await
        .map_err(|error| error.to_string())
}
