//! Who else scales the same workload, or has the same autoscaler.

use std::collections::BTreeMap;

use operator_api::ScaledObject;
use operator_api::manifest::Surveyed;

use crate::finding::{Findings, Said};
use crate::world::{World, is_process};

/// With `"true"`, an autoscaler that is there already is taken over.
const TRANSFER: &str = "scaledobject.keda.sh/transfer-hpa-ownership";
/// With `"false"` on an autoscaler, it is left out of account.
const OWNERSHIP: &str = "validations.keda.sh/hpa-ownership";
/// Longest name that fits into a label.
const MAX_NAME: usize = 63;

pub(super) fn check(world: &World<'_>, findings: &mut Findings) {
    let mut targets = BTreeMap::new();
    let mut autoscalers = BTreeMap::new();
    for (item, object) in world.scaled_objects() {
        let Some(key) = &item.key else { continue };
        if !item.is_sound(&["spec.scaleTargetRef"]) {
            continue;
        }
        let target = &object.spec.scale_target_ref;
        let kind = format!("{}.{}", target.api_version(), target.kind());
        let owner = targets
            .entry((&key.namespace, kind.clone(), &target.name))
            .or_insert(key);
        // The same object twice is told by another rule.
        if owner != &key {
            let message = format!(
                "the workload '{}' of type '{kind}' is already managed by the ScaledObject '{}'",
                target.name, owner.name
            );
            let fix = "put the triggers of both into one ScaledObject";
            let said = Said::error("AlreadyManaged", message, fix);
            findings.say(item, "spec.scaleTargetRef.name", said);
        }
        if is_process(object) {
            continue;
        }
        let (name, path) = autoscaler(object, &key.name);
        if name.len() > MAX_NAME {
            let message = format!(
                "the autoscaler's name `{name}` has {} characters, {MAX_NAME} are allowed",
                name.len()
            );
            let fix = "shorten the object's name to 54 characters, or give a name in \
                       advanced.horizontalPodAutoscalerConfig.name";
            findings.say(item, path, Said::error("HpaNameTooLong", message, fix));
        }
        let owner = autoscalers
            .entry((&key.namespace, name.clone()))
            .or_insert(key);
        if owner != &key {
            let message = format!(
                "the HPA '{name}' is already managed by the ScaledObject '{}'",
                owner.name
            );
            let fix = "give each ScaledObject an autoscaler of its own name";
            findings.say(item, path, Said::error("DuplicateHpaName", message, fix));
        }
        others(world, item, object, &name, findings);
    }
}

/// Its name, and the field that it comes from.
fn autoscaler(object: &ScaledObject, name: &str) -> (String, &'static str) {
    let config = object
        .spec
        .advanced
        .as_ref()
        .and_then(|advanced| advanced.horizontal_pod_autoscaler_config.as_ref());
    match config.and_then(|config| config.name.as_deref()) {
        Some(name) if !name.is_empty() => (
            name.to_string(),
            "spec.advanced.horizontalPodAutoscalerConfig.name",
        ),
        _ => (format!("keda-hpa-{name}"), "metadata.name"),
    }
}

/// Autoscalers in the files that somebody wrote by hand.
fn others(
    world: &World<'_>,
    item: &Surveyed,
    object: &ScaledObject,
    own: &str,
    findings: &mut Findings,
) {
    let annotations = object.metadata.annotations.as_ref();
    let transfers = annotations
        .and_then(|all| all.get(TRANSFER))
        .is_some_and(|v| v == "true");
    let target = &object.spec.scale_target_ref;
    let group = |version: &str| version.split_once('/').map_or("", |(g, _)| g).to_string();
    for (other, foreign) in world.foreign() {
        let Some(key) = other
            .key
            .as_ref()
            .filter(|key| key.kind == "HorizontalPodAutoscaler")
        else {
            continue;
        };
        let reference = &foreign.spec["scaleTargetRef"];
        let same = reference["kind"] == target.kind()
            && reference["name"] == target.name.as_str()
            && group(reference["apiVersion"].as_str().unwrap_or_default())
                == group(target.api_version())
            && item
                .key
                .as_ref()
                .is_some_and(|own| own.namespace == key.namespace);
        let left_out = foreign.metadata["annotations"][OWNERSHIP] == "false";
        if same && !left_out && !(transfers && key.name == own) {
            let message = format!(
                "the workload '{}' of type '{}.{}' is already managed by the hpa '{}'",
                target.name,
                target.api_version(),
                target.kind(),
                key.name
            );
            let fix = format!(
                "remove that HorizontalPodAutoscaler, or take it over: annotation {TRANSFER}: \"true\" \
                 and its name in advanced.horizontalPodAutoscalerConfig.name"
            );
            let said = Said::error("AlreadyManaged", message, fix);
            findings.say(item, "spec.scaleTargetRef.name", said);
        }
    }
}
