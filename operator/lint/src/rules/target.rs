//! What is scaled.

use operator_api::manifest::Surveyed;
use operator_api::{ScaledObject, nearest};

use crate::finding::{Findings, Said, did_you_mean};
use crate::world::{Pods, World, is_process};

const NAME: &str = "spec.scaleTargetRef.name";
const KIND: &str = "spec.scaleTargetRef.kind";
const CONTAINER: &str = "spec.scaleTargetRef.envSourceContainerName";

/// Kinds of `apps/v1` with a number of replicas.
const SCALABLE: [&str; 3] = ["Deployment", "StatefulSet", "ReplicaSet"];

pub(super) fn check(
    world: &World<'_>,
    item: &Surveyed,
    object: &ScaledObject,
    findings: &mut Findings,
) {
    kind(item, object, findings);
    if is_process(object) {
        process(world, item, object, findings);
    } else {
        container(world, item, object, findings);
    }
}

fn kind(item: &Surveyed, object: &ScaledObject, findings: &mut Findings) {
    let target = &object.spec.scale_target_ref;
    let (version, kind) = (target.api_version(), target.kind());
    let said = match (version, kind) {
        ("penstock.dev/v1alpha1", "Process") => return,
        (_, "Process") if version == "apps/v1" || version.starts_with("penstock.dev") => {
            Said::error(
                "UnknownTarget",
                format!("there is no kind Process of {version}"),
                "write `apiVersion: penstock.dev/v1alpha1` beside `kind: Process`",
            )
        }
        ("penstock.dev/v1alpha1", kind) => Said::error(
            "UnknownTarget",
            format!("penstock.dev/v1alpha1 has no kind {kind}"),
            "write `kind: Process`, or the target's own apiVersion",
        ),
        ("batch/v1" | "apps/v1", "Job" | "CronJob") => Said::error(
            "NotScalable",
            format!("a {kind} has no number of replicas to scale"),
            "write a ScaledJob, which starts Jobs",
        ),
        ("apps/v1", "DaemonSet") => Said::error(
            "NotScalable",
            "a DaemonSet has no number of replicas to scale",
            "scale a Deployment or a StatefulSet",
        ),
        ("v1", "Pod") => Said::error(
            "NotScalable",
            "a Pod has no number of replicas to scale",
            "scale a Deployment or a StatefulSet",
        ),
        ("apps/v1", kind) if !SCALABLE.contains(&kind) => {
            let meant = nearest(kind, SCALABLE.into_iter());
            let fix = match meant {
                Some(name) => format!("write `kind: {name}`"),
                None => format!("give the apiVersion that {kind} has"),
            };
            Said::error(
                "UnknownTarget",
                format!("apps/v1 has no kind {kind}{}", did_you_mean(meant)),
                fix,
            )
        }
        _ => return,
    };
    findings.say(item, KIND, said);
}

fn process(world: &World<'_>, item: &Surveyed, object: &ScaledObject, findings: &mut Findings) {
    let Some(key) = &item.key else { return };
    let name = &object.spec.scale_target_ref.name;
    let mut known = world.names("Process", &key.namespace);
    if known.any(|other| other == name) {
        return;
    }
    let meant = nearest(name, world.names("Process", &key.namespace));
    let message = format!(
        "Process {}/{name} is in none of the files{}",
        key.namespace,
        did_you_mean(meant)
    );
    let said = match meant {
        Some(meant) => Said::error("TargetNotFound", message, format!("write `name: {meant}`")),
        None => Said::note(
            "TargetNotFound",
            message,
            "`penstock run` needs it: give it a file that has the Process, too",
        ),
    };
    findings.say(item, NAME, said);
}

fn container(world: &World<'_>, item: &Surveyed, object: &ScaledObject, findings: &mut Findings) {
    let wanted = object
        .spec
        .scale_target_ref
        .env_source_container_name
        .as_deref();
    let Some(wanted) = wanted.filter(|name| !name.is_empty()) else {
        return;
    };
    let Pods::Known(containers) = world.pods(object) else {
        return;
    };
    let names: Vec<_> = containers.iter().map(|c| c.name.as_str()).collect();
    if names.contains(&wanted) {
        return;
    }
    let meant = nearest(wanted, names.iter().copied());
    let message = format!(
        "{} {} has no container `{wanted}`{}",
        object.spec.scale_target_ref.kind(),
        object.spec.scale_target_ref.name,
        did_you_mean(meant)
    );
    let fix = format!("write one of {}", names.join(", "));
    findings.say(
        item,
        CONTAINER,
        Said::error("MissingContainer", message, fix),
    );
}
