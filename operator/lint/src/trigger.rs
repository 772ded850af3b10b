//! Triggers against what their scalers say.

mod answer;
mod kind;
mod parameters;
mod shared;
mod stand_in;
mod values;

use std::collections::BTreeMap;

use operator_api::manifest::Surveyed;
use operator_api::{Object, ScaleTrigger, nearest};
use runtime_types::TriggerType;

use crate::finding::{Findings, Said, did_you_mean};
use crate::rules::is_resource;
use crate::world::{Pods, World};
use crate::{CheckFailure, Components};
use shared::Shared;
use values::{Owner, Values};

/// Lists of more types than this help nobody.
const FEW: usize = 20;
/// Answered by the cluster's own metrics, not by a scaler.
const RESOURCES: [&str; 2] = ["cpu", "memory"];

/// One trigger, and where it stands.
struct Place<'a> {
    item: &'a Surveyed,
    /// Such as `spec.triggers[0]`.
    path: String,
    trigger: &'a ScaleTrigger,
}

/// Says what is wrong with the parameters of all triggers.
pub(crate) async fn all(world: &World<'_>, components: &dyn Components, findings: &mut Findings) {
    let types: BTreeMap<String, TriggerType> = components
        .types()
        .into_iter()
        .map(|of| (of.name.clone(), of))
        .collect();
    let mut shared = Shared::default();
    for item in world.items {
        let (triggers, owner) = match &item.object {
            Some(Object::ScaledObject(object)) => {
                let target = &object.spec.scale_target_ref;
                let container = target.env_source_container_name.as_deref();
                let owner = Owner {
                    pods: world.pods(object),
                    // A process is its only container, whatever name the object had for it in a cluster.
                    container: container.filter(|_| !crate::world::is_process(object)),
                    as_metric_source: object.spec.modifiers().is_some(),
                };
                (&object.spec.triggers, owner)
            }
            Some(Object::ScaledJob(job)) => {
                let pod = job.spec.job_target_ref.template.spec.as_ref();
                let owner = Owner {
                    pods: pod.map_or(Pods::Unknown, |pod| Pods::Known(pod.containers.clone())),
                    container: job.spec.env_source_container_name.as_deref(),
                    as_metric_source: false,
                };
                (&job.spec.triggers, owner)
            }
            _ => continue,
        };
        for (index, trigger) in (0_u32..).zip(triggers) {
            let place = Place {
                item,
                path: format!("spec.triggers[{index}]"),
                trigger,
            };
            let unread = |field: &str| item.wrong.contains(&format!("{}{field}", place.path));
            if is_resource(trigger) || ["", ".type", ".metadata"].into_iter().any(unread) {
                continue;
            }
            let Some(of) = types.get(&trigger.trigger_type) else {
                unknown_type(&place, &types, findings);
                continue;
            };
            let values = Values::of(world, &owner, &place, index);
            let slips = parameters::check(&place, of, &values, findings);
            shared.note(&values, of);
            answer::check(&place, of, &values, &slips, components, findings).await;
        }
    }
    shared.tell(world, findings);
}

fn unknown_type(place: &Place<'_>, types: &BTreeMap<String, TriggerType>, findings: &mut Findings) {
    let name = &place.trigger.trigger_type;
    let known = || types.keys().map(String::as_str);
    let meant = nearest(name, known().chain(RESOURCES));
    let message = format!(
        "none of the scalers here provides the trigger type `{name}`{}",
        did_you_mean(meant)
    );
    let fix = match meant {
        Some(meant) => format!("write `type: {meant}`"),
        None if types.len() <= FEW => format!(
            "use one of {}, or name a folder with the scaler by --scalers",
            known().chain(RESOURCES).collect::<Vec<_>>().join(", ")
        ),
        None => {
            "name a folder with the scaler by --scalers; `penstock trigger describe` lists types"
                .into()
        }
    };
    let said = Said::error("UnknownTriggerType", message, fix);
    findings.say(place.item, format!("{}.type", place.path), said);
}

/// A scaler that could not be asked: nobody's fault who wrote the manifest.
fn not_checked(place: &Place<'_>, failure: &CheckFailure, findings: &mut Findings) {
    let message = format!("the scaler could not be asked: {failure}");
    let fix = "`penstock trigger check` may say more";
    let path = format!("{}.type", place.path);
    findings.say(place.item, path, Said::note("NotChecked", message, fix));
}
