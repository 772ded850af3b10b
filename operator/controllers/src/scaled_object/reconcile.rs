use std::sync::Mutex;

use k8s_openapi::jiff::Timestamp;
use kube::api::ApiResource;
use kube::runtime::reflector::ObjectRef;
use operator_api::ScaledObject;
use operator_engine::{Engine, ObjectKey};
use operator_scaling::Event;
use operator_scaling::spec::Pause;

use super::claims::Target;
use super::finalizer::{ensure_metadata, finalize};
use super::record::Record;
use super::specification::{check_triggers, specification};
use super::status::interval;
use super::{ObjectError, World, kind, settle};
use crate::cluster::{KubernetesTarget, SeenScaledObject, TargetFault};

/// Makes the cluster what the object says: the engine runs it, its autoscaler is as it should be. One at a
/// time for each object: an object that is gone must not be given to the engine by one who saw it before.
///
/// # Errors
/// When it is not so yet; it should be tried again.
pub(crate) async fn reconcile(world: &World, key: &ObjectKey) -> Result<(), ObjectError> {
    let Some(engine) = world.engine.get() else {
        return Ok(());
    };
    let reference = ObjectRef::new(&key.name).within(&key.namespace);
    let Some(seen) = world.stores.scaled_objects.get(&reference) else {
        forget(world, key);
        return Ok(());
    };
    let uid = seen.metadata.uid.clone().unwrap_or_default();
    let record = world.records.of(key, &uid);
    if seen.metadata.deletion_timestamp.is_some() {
        engine.remove(key);
        // One that can be read no more has to be let go all the same.
        let object = seen.object().unwrap_or_else(|_| seen.unreadable());
        finalize(world, &object, key).await?;
        return Ok(());
    }
    let result = run(world, engine, key, &seen, &record).await;
    let error = result.as_ref().err().map(ToString::to_string);
    if let (Some(text), Err(error)) = (&error, &result) {
        // It is tried again and again; what has not changed is not told again.
        if record.reconciled().error.as_ref() != Some(text) {
            tracing::warn!(object = %key, reason = error.reason(), %error, "object is not ready");
        }
        let event = Event {
            warning: true,
            reason: "ScaledObjectCheckFailed".into(),
            message: text.clone(),
        };
        world.events.add(key, &event);
    }
    record.note(|note| note.error = error);
    world.statuses.add(key.clone());
    result
}

async fn run(
    world: &World,
    engine: &Engine,
    key: &ObjectKey,
    seen: &SeenScaledObject,
    record: &Record,
) -> Result<(), ObjectError> {
    let object = seen.object().map_err(ObjectError::Unreadable)?;
    let annotations = object.metadata.annotations.iter().flatten();
    let pause = Pause::from_annotations(annotations.map(|(k, v)| (k.as_str(), v.as_str())));
    if object.spec.scale_target_ref.name.is_empty() {
        return Err(ObjectError::NoTarget);
    }
    let kind = world
        .kinds
        .find(&world.lanes.settling, &object.spec.scale_target_ref)
        .await?;
    if pause.full.is_none() {
        ensure_metadata(world, &object, key).await?;
        check_triggers(&object)?;
    }
    let paused = pause.full.is_some();
    if let Err(error) = check_target(world, &object, key, &kind, record, paused).await {
        if let ObjectError::AlreadyManaged { .. } = &error {
            // Two that scale one target would undo each other's work.
            engine.remove(key);
        }
        return Err(error);
    }
    let specification = specification(world, &object, key, &record.uid, &kind)?;
    if engine.snapshot(key).is_none_or(|s| s.uid != record.uid) {
        let status = object.status.clone().unwrap_or_default();
        world.store.found(&record.uid, &status, interval(&object));
    }
    engine.apply(specification);
    if paused {
        settle::remove(world, &object, key).await?;
        return Ok(());
    }
    let snapshot = engine.snapshot(key).filter(|s| s.uid == record.uid);
    if let Some(snapshot) = snapshot {
        let name = settle::settle(world, &object, key, &kind, &snapshot).await?;
        record.note(|note| {
            note.autoscaler = name;
        });
    }
    Ok(())
}

/// The target has to be there, with a `/scale`, and to be scaled by nobody else.
async fn check_target(
    world: &World,
    object: &ScaledObject,
    key: &ObjectKey,
    kind: &ApiResource,
    record: &Record,
    paused: bool,
) -> Result<(), ObjectError> {
    let name = &object.spec.scale_target_ref.name;
    let created = object.metadata.creation_timestamp.as_ref();
    let wanted = Target {
        namespace: key.namespace.clone(),
        group: kind.group.clone(),
        kind: kind.kind.clone(),
        name: name.clone(),
    };
    let created = created.map_or(Timestamp::MIN, |time| time.0);
    if let Some(by) = world.claims.claim(key, wanted, created) {
        return Err(ObjectError::AlreadyManaged {
            workload: name.clone(),
            kind: format!("{}.{}", kind.api_version, kind.kind),
            by: by.name,
        });
    }
    if paused {
        record.note(|note| note.target = Some((kind::text(kind), kind::gvkr(kind))));
        return Ok(());
    }
    let text = || format!("{} {}/{name}", kind::text(kind), key.namespace);
    let target = KubernetesTarget {
        stores: world.stores.clone(),
        lane: world.lanes.settling.clone(),
        kind: kind.clone(),
        namespace: key.namespace.clone(),
        name: name.clone(),
        seen: Mutex::default(),
    };
    let replicas = target.check().await.map_err(|fault| match fault {
        TargetFault::Missing => ObjectError::TargetMissing(text()),
        TargetFault::NotScalable => ObjectError::NotScalable(text()),
        TargetFault::Cluster(error) => ObjectError::Cluster(error),
    })?;
    record.note(|note| {
        note.target = Some((kind::text(kind), kind::gvkr(kind)));
        if note.original_replicas.is_none() {
            note.original_replicas = i32::try_from(replicas).ok();
        }
    });
    Ok(())
}

/// The object is no more.
fn forget(world: &World, key: &ObjectKey) {
    if world.records.remove(key).is_none() {
        return;
    }
    if let Some(engine) = world.engine.get() {
        engine.remove(key);
    }
    for other in world.claims.release(key) {
        world.reconciles.add(other);
    }
    tracing::info!(object = %key, "object removed");
}
