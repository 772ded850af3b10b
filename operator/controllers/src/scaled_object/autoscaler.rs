//! The HorizontalPodAutoscaler that an object should have. Pure: objects in, object out.

mod difference;
mod labels;
mod metrics;

use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HPAScalingRules, HorizontalPodAutoscaler,
    HorizontalPodAutoscalerBehavior, HorizontalPodAutoscalerSpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::Resource;
use kube::api::ApiResource;
use operator_api::ScaledObject;
use operator_engine::Snapshot;
use operator_scaling::spec::Pause;

use super::ObjectError;
pub(super) use difference::differs;
pub(super) use metrics::{Metrics, metrics};

/// Most replicas when the user gives no number.
const MAX_REPLICAS: i32 = 100;
const DISABLED: &str = "Disabled";

/// The name the object's autoscaler should have.
pub(super) fn name(object: &ScaledObject) -> String {
    let config = object.spec.advanced.as_ref();
    let config = config.and_then(|a| a.horizontal_pod_autoscaler_config.as_ref());
    let given = config.and_then(|config| config.name.clone());
    given
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| format!("keda-hpa-{}", object_name(object)))
}

fn object_name(object: &ScaledObject) -> &str {
    object.metadata.name.as_deref().unwrap_or_default()
}

/// The autoscaler as it should be; `None` while no metric is known that it could scale by. `current`
/// is the one there is, whose metrics stand in for triggers that cannot be read.
pub(super) fn desired(
    object: &ScaledObject,
    kind: &ApiResource,
    snapshot: &Snapshot,
    current: Option<&HorizontalPodAutoscaler>,
    version: &str,
) -> Result<Option<HorizontalPodAutoscaler>, ObjectError> {
    let metrics = metrics(object, snapshot, current)?;
    if metrics.specs.is_empty() {
        return Ok(None);
    }
    let spec = &object.spec;
    let name = name(object);
    let config = spec.advanced.as_ref();
    let config = config.and_then(|a| a.horizontal_pod_autoscaler_config.as_ref());
    let annotations = object.metadata.annotations.iter().flatten();
    let pause = Pause::from_annotations(annotations.map(|(k, v)| (k.as_str(), v.as_str())));
    Ok(Some(HorizontalPodAutoscaler {
        metadata: ObjectMeta {
            namespace: object.metadata.namespace.clone(),
            labels: Some(labels::labels(object, &name, version)),
            annotations: object.metadata.annotations.clone(),
            owner_references: Some(vec![OwnerReference {
                api_version: ScaledObject::api_version(&()).into_owned(),
                kind: ScaledObject::kind(&()).into_owned(),
                name: object_name(object).to_string(),
                uid: object.metadata.uid.clone().unwrap_or_default(),
                controller: Some(true),
                block_owner_deletion: Some(true),
            }]),
            name: Some(name),
            ..ObjectMeta::default()
        },
        spec: HorizontalPodAutoscalerSpec {
            scale_target_ref: CrossVersionObjectReference {
                api_version: Some(kind.api_version.clone()),
                kind: kind.kind.clone(),
                name: spec.scale_target_ref.name.clone(),
            },
            // 0 -> 1 is ours, so that the autoscaler never sees 0.
            min_replicas: Some(spec.min_replica_count.unwrap_or(0).max(1)),
            max_replicas: spec.max_replica_count.unwrap_or(MAX_REPLICAS),
            behavior: behavior(config.and_then(|c| c.behavior.clone()), &pause),
            metrics: Some(metrics.specs),
        },
        status: None,
    }))
}

/// The user's behaviour, with the directions that are paused switched off.
fn behavior(
    given: Option<HorizontalPodAutoscalerBehavior>,
    pause: &Pause,
) -> Option<HorizontalPodAutoscalerBehavior> {
    if !pause.scale_in && !pause.scale_out {
        return given;
    }
    let mut behavior = given.unwrap_or_default();
    let off = |rules: &mut Option<HPAScalingRules>| {
        rules.get_or_insert_default().select_policy = Some(DISABLED.into());
    };
    if pause.scale_in {
        off(&mut behavior.scale_down);
    }
    if pause.scale_out {
        off(&mut behavior.scale_up);
    }
    Some(behavior)
}

/// Whether the autoscaler is this object's own.
pub(super) fn is_owned(autoscaler: &HorizontalPodAutoscaler, object_uid: &str) -> bool {
    let owners = autoscaler.metadata.owner_references.iter().flatten();
    owners.into_iter().any(|owner| owner.uid == object_uid)
}

#[cfg(test)]
mod tests;
