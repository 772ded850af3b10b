use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube::Api;
use kube::api::{ApiResource, DeleteParams, PostParams};
use kube::runtime::reflector::ObjectRef;
use operator_api::ScaledObject;
use operator_engine::{ObjectKey, Snapshot};

use super::autoscaler::{desired, differs, is_owned, name};
use super::{ObjectError, World};
use crate::lane::ClusterError;

/// Makes the object's autoscaler what it should be. Gives its name, once there is one.
pub(super) async fn settle(
    world: &World,
    object: &ScaledObject,
    key: &ObjectKey,
    kind: &ApiResource,
    snapshot: &Snapshot,
) -> Result<Option<String>, ObjectError> {
    let wanted_name = name(object);
    let current_name = current_name(object, &wanted_name);
    let found = find(world, object, key, &current_name).await?;
    let current = found.as_ref().filter(|found| is_owned(found, uid(object)));
    let Some(desired) = desired(object, kind, snapshot, current, &world.options.version)? else {
        // Nothing to scale by yet; what there is stays.
        return Ok(found.map(|_| current_name));
    };
    if found.is_some() && current_name != wanted_name {
        delete(world, key, &current_name)
            .await
            .map_err(ObjectError::Autoscaler)?;
        create(world, key, &desired).await?;
        return Ok(Some(wanted_name));
    }
    match found {
        None => create(world, key, &desired).await?,
        Some(found) if differs(&desired, &found) => {
            tracing::info!(object = %key, autoscaler = wanted_name, "autoscaler changed");
            replace(world, key, &desired).await?;
        }
        Some(_) => {}
    }
    Ok(Some(wanted_name))
}

/// A paused object has no autoscaler.
pub(super) async fn remove(
    world: &World,
    object: &ScaledObject,
    key: &ObjectKey,
) -> Result<(), ObjectError> {
    let name = current_name(object, &name(object));
    let found = find(world, object, key, &name).await?;
    if found.is_some_and(|found| is_owned(&found, uid(object))) {
        delete(world, key, &name)
            .await
            .map_err(ObjectError::Autoscaler)?;
    }
    Ok(())
}

fn uid(object: &ScaledObject) -> &str {
    object.metadata.uid.as_deref().unwrap_or_default()
}

/// What the autoscaler is called now: it may be about to get another name.
fn current_name(object: &ScaledObject, wanted: &str) -> String {
    let status = object.status.as_ref();
    let known = status.and_then(|status| status.hpa_name.clone());
    known
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| wanted.to_string())
}

async fn find(
    world: &World,
    object: &ScaledObject,
    key: &ObjectKey,
    name: &str,
) -> Result<Option<HorizontalPodAutoscaler>, ObjectError> {
    let reference = ObjectRef::new(name).within(&key.namespace);
    let known = world.stores.autoscalers.get(&reference);
    if let Some(known) = known.filter(|known| is_owned(known, uid(object))) {
        return Ok(Some((*known).clone()));
    }
    // Of others the store keeps names alone; and one just made is not in it yet.
    let what = format!("read HorizontalPodAutoscaler {}/{name}", key.namespace);
    let api = api(world, key);
    let found = world.lanes.settling.call(&what, api.get_opt(name)).await;
    found.map_err(ObjectError::Autoscaler)
}

fn api(world: &World, key: &ObjectKey) -> Api<HorizontalPodAutoscaler> {
    Api::namespaced(world.lanes.settling.client(), &key.namespace)
}

async fn create(
    world: &World,
    key: &ObjectKey,
    desired: &HorizontalPodAutoscaler,
) -> Result<(), ObjectError> {
    let what = format!("create the HorizontalPodAutoscaler of {key}");
    let (api, params) = (api(world, key), PostParams::default());
    let created = world
        .lanes
        .settling
        .call(&what, api.create(&params, desired))
        .await;
    match created {
        Ok(_) => {
            tracing::info!(object = %key, "autoscaler created");
            Ok(())
        }
        // Somebody was faster, or the answer to our own call was lost.
        Err(error) if error.is_conflict() => replace(world, key, desired).await,
        Err(error) => Err(ObjectError::Autoscaler(error)),
    }
}

/// As KEDA does: the whole autoscaler, whatever version it has. All of it is ours, so there is nothing
/// of others to be lost.
async fn replace(
    world: &World,
    key: &ObjectKey,
    desired: &HorizontalPodAutoscaler,
) -> Result<(), ObjectError> {
    let name = desired.metadata.name.as_deref().unwrap_or_default();
    let what = format!("write HorizontalPodAutoscaler {}/{name}", key.namespace);
    let (api, params) = (api(world, key), PostParams::default());
    let replaced = world
        .lanes
        .settling
        .call(&what, api.replace(name, &params, desired))
        .await;
    replaced.map(drop).map_err(ObjectError::Autoscaler)
}

async fn delete(world: &World, key: &ObjectKey, name: &str) -> Result<(), ClusterError> {
    let what = format!("delete HorizontalPodAutoscaler {}/{name}", key.namespace);
    let (api, params) = (api(world, key), DeleteParams::default());
    let deleted = world
        .lanes
        .settling
        .call(&what, api.delete(name, &params))
        .await;
    match deleted {
        Ok(_) => Ok(()),
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error),
    }
}
