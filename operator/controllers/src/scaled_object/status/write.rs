use std::time::Duration;

use kube::Api;
use kube::api::{Patch, PatchParams};
use kube::runtime::reflector::ObjectRef;
use operator_api::{ConditionStatus, ScaledObjectStatus};
use operator_engine::{ObjectKey, Snapshot};
use operator_scaling::Event;
use serde_json::json;

use super::desired::{desired, interval};
use super::patch::merge_patch;
use crate::cluster::SeenScaledObject;
use crate::lane::ClusterError;
use crate::scaled_object::record::{Record, Written};
use crate::scaled_object::{World, autoscaler};

/// Writes the object's status if it is other than it should be.
///
/// # Errors
/// When it cannot be written; it should be tried again.
pub(crate) async fn write(world: &World, key: &ObjectKey) -> Result<(), ClusterError> {
    let reference = ObjectRef::new(&key.name).within(&key.namespace);
    let Some(seen) = world.stores.scaled_objects.get(&reference) else {
        return Ok(());
    };
    let Some(record) = world.records.get(key) else {
        return Ok(());
    };
    if seen.metadata.uid.as_deref() != Some(&record.uid)
        || seen.metadata.deletion_timestamp.is_some()
    {
        return Ok(());
    }
    let mut written = record.writing.lock().await;
    let before = base(&seen, &written);
    let Some(after) = status(world, key, &seen, &record, &before) else {
        return Ok(());
    };
    let values = (serde_json::to_value(&before), serde_json::to_value(&after));
    let (Ok(from), Ok(to)) = values else {
        return Ok(());
    };
    let Some(patch) = merge_patch(&from, &to) else {
        return Ok(());
    };
    let lane = &world.lanes.status;
    let api: Api<SeenScaledObject> = Api::namespaced(lane.client(), &key.namespace);
    let (params, patch) = (
        PatchParams::default(),
        Patch::Merge(json!({"status": patch})),
    );
    let call = api.patch_status(&key.name, &params, &patch);
    match lane.call("write the status of a ScaledObject", call).await {
        Ok(object) => {
            let version = object.metadata.resource_version.unwrap_or_default();
            written.status = Some((version, after.clone()));
            told(world, key, &before, &after);
            Ok(())
        }
        // It is gone, and with it whom to tell.
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error),
    }
}

/// What the status is now: ours, unless the store has seen something later.
fn base(seen: &SeenScaledObject, written: &Written) -> ScaledObjectStatus {
    let version = |text: &str| text.parse::<u64>().unwrap_or(0);
    let stored = version(
        seen.metadata
            .resource_version
            .as_deref()
            .unwrap_or_default(),
    );
    match &written.status {
        Some((ours, status)) if version(ours) >= stored => status.clone(),
        _ => seen.status.clone().unwrap_or_default(),
    }
}

/// The status as it should be, if it is other than `before`.
fn status(
    world: &World,
    key: &ObjectKey,
    seen: &SeenScaledObject,
    record: &Record,
    before: &ScaledObjectStatus,
) -> Option<ScaledObjectStatus> {
    // One that cannot be read has an empty specification, and its error in the record.
    let object = seen.object().unwrap_or_else(|_| seen.unreadable());
    let reconciled = record.reconciled();
    let snapshot = world.engine.get().and_then(|engine| engine.snapshot(key));
    let snapshot = snapshot.filter(|snapshot| snapshot.uid == record.uid);
    let snapshot: Option<&Snapshot> = snapshot.as_deref();
    let name = reconciled.autoscaler.as_ref();
    let live = name.and_then(|name| {
        let reference = ObjectRef::new(name).within(&key.namespace);
        world.stores.autoscalers.get(&reference)
    });
    let live = live.as_deref();
    let metrics = snapshot.and_then(|s| autoscaler::metrics(&object, s, live).ok());
    // Nothing is known of the metrics yet: the names there are stay.
    let metrics = metrics.filter(|metrics| !metrics.specs.is_empty());
    let of = |exactness| {
        desired(
            &object,
            before,
            &reconciled,
            snapshot,
            metrics.as_ref(),
            live,
            exactness,
        )
    };
    let rough = of(interval(&object));
    if rough == *before {
        return None;
    }
    // There is a write anyway: then with the exact time.
    Some(of(Duration::ZERO))
}

/// Tells of an object that became ready.
fn told(world: &World, key: &ObjectKey, before: &ScaledObjectStatus, after: &ScaledObjectStatus) {
    let ready = |status: &ScaledObjectStatus| {
        let mut conditions = status.conditions.iter();
        conditions.any(|c| c.kind == "Ready" && c.status == ConditionStatus::True)
    };
    if ready(after) && !ready(before) {
        let event = Event {
            warning: false,
            reason: "ScaledObjectReady".into(),
            message: "ScaledObject is ready for scaling".into(),
        };
        world.events.add(key, &event);
    }
}
