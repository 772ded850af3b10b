//! Triggers of type `cpu` and `memory`, which the cluster's own metrics answer, and metric types.

use k8s_openapi::api::core::v1::Container;
use operator_api::manifest::Surveyed;
use operator_api::{ScaleTrigger, ScaledObject, nearest};

use crate::finding::{Findings, Said, did_you_mean};
use crate::world::{Pods, World, is_process};

const PARAMETERS: [&str; 2] = ["value", "containerName"];

/// Whether the cluster's own metrics answer it.
pub(crate) fn is_resource(trigger: &ScaleTrigger) -> bool {
    matches!(trigger.trigger_type.as_str(), "cpu" | "memory")
}

pub(super) fn check(
    world: &World<'_>,
    item: &Surveyed,
    object: &ScaledObject,
    findings: &mut Findings,
) {
    for (at, trigger) in object.spec.triggers.iter().enumerate() {
        let path = format!("spec.triggers[{at}]");
        let unread = |field: &str| item.wrong.contains(&format!("{path}{field}"));
        if [".metadata", ".metricType", ".metadata.value"]
            .into_iter()
            .any(unread)
        {
            continue;
        }
        if !is_resource(trigger) {
            external(item, &path, trigger, findings);
        } else if is_process(object) {
            let kind = &trigger.trigger_type;
            let said = Said::error(
                "ResourceTriggerNotSupported",
                format!(
                    "a trigger of type {kind} needs a cluster; a Process has no {kind} metrics"
                ),
                "scale the Process by an event source",
            );
            findings.say(item, format!("{path}.type"), said);
        } else {
            resource(item, &path, trigger, findings);
            requests(world, item, object, (&path, trigger), findings);
        }
    }
    let triggers = &object.spec.triggers;
    let workload = object.spec.scale_target_ref.api_version() == "apps/v1";
    let alone = !triggers.is_empty() && triggers.iter().all(is_resource);
    let sound = item.is_sound(&["spec.minReplicaCount", "spec.triggers"]);
    if alone && workload && sound && object.spec.min_replica_count.unwrap_or(0) == 0 {
        let path = match object.spec.min_replica_count {
            Some(_) => "spec.minReplicaCount",
            None => "spec",
        };
        let said = Said::error(
            "ScaleToZeroNotPossible",
            "with triggers of type cpu and memory alone nothing can scale to zero, and minReplicaCount is 0",
            "write `minReplicaCount: 1`, or add an event source",
        );
        findings.say(item, path, said);
    }
}

fn external(item: &Surveyed, path: &str, trigger: &ScaleTrigger, findings: &mut Findings) {
    let found = trigger.metric_type.as_deref().unwrap_or_default();
    // Utilization is told by a rule of its own.
    if matches!(found, "" | "AverageValue" | "Value" | "Utilization") {
        return;
    }
    let meant = nearest(found, ["AverageValue", "Value"].into_iter());
    let said = Said::error(
        "InvalidMetricType",
        format!(
            "metricType `{found}` must be AverageValue or Value{}",
            did_you_mean(meant)
        ),
        format!("write {}", meant.unwrap_or("AverageValue or Value")),
    );
    findings.say(item, format!("{path}.metricType"), said);
}

fn resource(item: &Surveyed, path: &str, trigger: &ScaleTrigger, findings: &mut Findings) {
    let kind = &trigger.trigger_type;
    let metric_type = trigger.metric_type.as_deref().unwrap_or_default();
    if !matches!(metric_type, "Utilization" | "AverageValue") {
        let meant = nearest(metric_type, ["Utilization", "AverageValue"].into_iter());
        let message = match metric_type {
            "" => format!("a trigger of type {kind} needs metricType"),
            text => format!(
                "metricType `{text}` must be Utilization or AverageValue{}",
                did_you_mean(meant)
            ),
        };
        let fix =
            "write `metricType: Utilization` for a percentage of the request, or AverageValue";
        let path = format!("{path}.metricType");
        findings.say(item, path, Said::error("InvalidMetricType", message, fix));
    }
    for key in trigger
        .metadata
        .keys()
        .filter(|key| !PARAMETERS.contains(&key.as_str()))
    {
        let said = if key == "type" {
            Said::error(
                "DeprecatedParameter",
                format!("the {kind} setting 'type' is deprecated and is no longer read"),
                "write `metricType` beside `type: ` of the trigger, and remove it here",
            )
        } else {
            let meant = nearest(key, PARAMETERS.into_iter());
            let message = format!(
                "unknown parameter `{key}` is ignored{}",
                did_you_mean(meant)
            );
            let fix = meant.map_or_else(
                || format!("remove `{key}`"),
                |m| format!("rename `{key}` to `{m}`"),
            );
            Said::warning("UnknownParameter", message, fix)
        };
        findings.say(item, format!("{path}.metadata.{key}"), said);
    }
    let utilization = metric_type == "Utilization";
    let example = if utilization { "\"60\"" } else { "\"500m\"" };
    let path = format!("{path}.metadata.value");
    let Some(value) = trigger
        .metadata
        .get("value")
        .map(|v| v.trim())
        .filter(|v| !v.is_empty())
    else {
        let slip = nearest("value", trigger.metadata.keys().map(String::as_str));
        // A misspelt one was told already.
        if slip.is_none_or(|slip| slip == "value") {
            let said = Said::error(
                "MissingParameter",
                format!("a trigger of type {kind} needs the parameter `value`"),
                format!("add `value: {example}` to its metadata"),
            );
            findings.say(item, path, said);
        }
        return;
    };
    let message = match (utilization, value.parse::<i32>(), quantity(value)) {
        (true, Err(_), _) => format!("value `{value}` must be a whole number of percent"),
        (true, Ok(percent), _) if percent < 1 => {
            format!("value `{value}` must be at least 1 percent")
        }
        (false, _, None) => format!("value `{value}` must be a quantity"),
        (false, _, Some(amount)) if amount <= 0.0 => {
            format!("value `{value}` must be greater than 0")
        }
        _ => return,
    };
    let rule = match (utilization, value.parse::<i32>(), quantity(value)) {
        (true, Ok(_), _) | (false, _, Some(_)) => "TargetNotPositive",
        _ => "MalformedParameter",
    };
    findings.say(
        item,
        path,
        Said::error(rule, message, format!("write a value such as {example}")),
    );
}

/// As KEDA's webhook: utilisation is a share of what the container asks for.
fn requests(
    world: &World<'_>,
    item: &Surveyed,
    object: &ScaledObject,
    (path, trigger): (&str, &ScaleTrigger),
    findings: &mut Findings,
) {
    let Pods::Known(containers) = world.pods(object) else {
        return;
    };
    // Its defaults may fill the gap.
    if world.foreign().any(|(other, _)| {
        other
            .key
            .as_ref()
            .zip(item.key.as_ref())
            .is_some_and(|(range, own)| {
                range.kind == "LimitRange" && range.namespace == own.namespace
            })
    }) {
        return;
    }
    let kind = &trigger.trigger_type;
    let wanted = trigger
        .metadata
        .get("containerName")
        .filter(|name| !name.is_empty());
    if let Some(wanted) = wanted
        && !containers.iter().any(|c| c.name == *wanted)
    {
        let names: Vec<_> = containers.iter().map(|c| c.name.as_str()).collect();
        let meant = nearest(wanted, names.iter().copied());
        let said = Said::error(
            "MissingContainer",
            format!(
                "{} has no container `{wanted}`{}",
                object.spec.scale_target_ref.name,
                did_you_mean(meant)
            ),
            format!("write one of {}", names.join(", ")),
        );
        return findings.say(item, format!("{path}.metadata.containerName"), said);
    }
    for container in containers
        .iter()
        .filter(|c| wanted.is_none_or(|name| c.name == *name))
    {
        if !asks_for(container, kind) {
            let said = Said::warning(
                "MissingRequest",
                format!(
                    "the container {} has neither a {kind} request nor a limit",
                    container.name
                ),
                format!("add resources.requests.{kind} to the container"),
            );
            findings.say(item, format!("{path}.type"), said);
        }
    }
}

fn asks_for(container: &Container, resource: &str) -> bool {
    let Some(resources) = &container.resources else {
        return false;
    };
    [&resources.requests, &resources.limits]
        .into_iter()
        .flatten()
        .filter_map(|all| all.get(resource))
        .any(|q| quantity(&q.0).is_some_and(|amount| amount > 0.0))
}

/// The value of a Kubernetes quantity.
pub(super) fn quantity(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 15] = [
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
    ];
    let (digits, unit) = UNITS
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))
        .unwrap_or((text, 1.0));
    let plain = digits
        .chars()
        .all(|c| matches!(c, '0'..='9' | '.' | '+' | '-' | 'e' | 'E'));
    let number = digits
        .parse::<f64>()
        .ok()
        .filter(|n| plain && n.is_finite())?;
    Some(number * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_those_of_kubernetes() {
        for (text, value) in [
            ("60", 60.0),
            ("500m", 0.5),
            ("1Gi", 1_073_741_824.0),
            ("2e3", 2000.0),
            ("-1", -1.0),
        ] {
            assert_eq!(quantity(text), Some(value), "{text}");
        }
        for text in ["", "x", "5 m", "1gi", "60%", "inf", "NaN", "m"] {
            assert_eq!(quantity(text), None, "{text}");
        }
    }
}
