use std::sync::{Arc, Mutex};

use kube::api::ApiResource;
use operator_api::ScaledObject;
use operator_engine::{ObjectKey, ObjectSpec, TriggerSpec, TriggerSpecKind, specification};
use operator_scaling::{Home, Millis};

use super::resource::resource;
use super::source::Source;
use super::{ObjectError, World, kind};
use crate::cluster::KubernetesTarget;

/// The object as the engine runs it.
pub(super) fn specification(
    world: &World,
    object: &ScaledObject,
    key: &ObjectKey,
    uid: &str,
    kind: &ApiResource,
) -> Result<ObjectSpec, ObjectError> {
    let spec = &object.spec;
    let target = &spec.scale_target_ref;
    let as_metric_source = spec.modifiers().is_some();
    let resolver = Arc::new(world.resolver.clone());
    let mut triggers = Vec::new();
    for (index, trigger) in spec.triggers.iter().enumerate() {
        let position = u32::try_from(index).unwrap_or(u32::MAX);
        let (metric_type, kind) = match resource(index, trigger)? {
            Some(resource) => {
                let (target, meter) = (resource.target, None);
                (
                    runtime_types::MetricType::AverageValue,
                    TriggerSpecKind::Resource { target, meter },
                )
            }
            None => {
                let source = Source {
                    stores: world.stores.clone(),
                    lane: world.lanes.scaling.clone(),
                    resolver: resolver.clone(),
                    object: key.clone(),
                    kind: kind.clone(),
                    target: target.name.clone(),
                    container: target.env_source_container_name.clone(),
                    index: position,
                    trigger: trigger.clone(),
                    as_metric_source,
                };
                (
                    specification::metric_type(position, trigger)?,
                    TriggerSpecKind::Source(Arc::new(source)),
                )
            }
        };
        triggers.push(TriggerSpec {
            trigger_type: trigger.trigger_type.clone(),
            name: trigger.name.clone(),
            index: position,
            metric_type,
            use_cached_metrics: trigger.use_cached_metrics,
            kind,
        });
    }
    let created = object.metadata.creation_timestamp.as_ref();
    let created = created.and_then(|time| u64::try_from(time.0.as_millisecond()).ok());
    Ok(ObjectSpec {
        key: key.clone(),
        uid: uid.to_string(),
        generation: object.metadata.generation.unwrap_or(0),
        created_at: Millis(created.unwrap_or(0)),
        spec: specification::scaling_spec(object)?,
        triggers,
        target: Arc::new(KubernetesTarget {
            stores: world.stores.clone(),
            lane: world.lanes.scaling.clone(),
            kind: kind.clone(),
            namespace: key.namespace.clone(),
            name: target.name.clone(),
            seen: Mutex::default(),
        }),
        target_text: format!("{} {}/{}", kind::text(kind), key.namespace, target.name),
        home: Home::Cluster,
        dry_run: false,
    })
}

/// What KEDA checks of the triggers as a whole.
pub(super) fn check_triggers(object: &ScaledObject) -> Result<(), ObjectError> {
    let triggers = &object.spec.triggers;
    if triggers.is_empty() {
        let text = "no triggers defined in the ScaledObject/ScaledJob";
        return Err(ObjectError::Triggers(text.into()));
    }
    let mut names = std::collections::BTreeSet::new();
    for trigger in triggers {
        if !trigger.name.is_empty() && !names.insert(&trigger.name) {
            return Err(ObjectError::Triggers(format!(
                "triggerName {:?} is defined multiple times in the ScaledObject/ScaledJob, but it must be unique",
                trigger.name
            )));
        }
        let of = trigger.trigger_type.as_str();
        if trigger.use_cached_metrics && matches!(of, "cpu" | "memory" | "cron") {
            return Err(ObjectError::Triggers(format!(
                "property \"useCachedMetrics\" is not supported for {of:?} scaler"
            )));
        }
    }
    Ok(())
}
