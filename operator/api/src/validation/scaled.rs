use std::collections::HashSet;

use super::Rules;
use crate::{FallbackBehavior, Process, ScaleTrigger, ScaledJob, ScaledObject};

/// KEDA's default of `maxReplicaCount`.
const MAX_REPLICAS: i32 = 100;
/// Scales to this many replicas, then pauses the object.
const PAUSED_REPLICAS: &str = "autoscaling.keda.sh/paused-replicas";
/// Longest name that fits into a label.
const MAX_NAME: usize = 63;

pub(super) fn object(object: &ScaledObject, rules: &mut Rules) {
    let spec = &object.spec;
    bounds(object, rules);
    let name = object.metadata.name.as_deref().unwrap_or_default();
    if name.len() > MAX_NAME {
        let message = format!(
            "name `{name}` has {} characters, {MAX_NAME} are allowed",
            name.len()
        );
        rules.error("metadata.name", "NameTooLong", message);
    }
    let annotations = object.metadata.annotations.as_ref();
    if let Some(text) = annotations.and_then(|all| all.get(PAUSED_REPLICAS))
        && text.parse::<u32>().is_err()
    {
        // As in KEDA the object is taken, paused, and not ready.
        rules.warning(
            format!("metadata.annotations[{PAUSED_REPLICAS}]"),
            "InvalidPausedReplicas",
            format!("`{text}` must be a whole number, such as \"0\""),
        );
    }
    triggers(&spec.triggers, rules);
    for (index, trigger) in spec.triggers.iter().enumerate() {
        if trigger.use_cached_metrics
            && matches!(trigger.trigger_type.as_str(), "cpu" | "memory" | "cron")
        {
            rules.error(
                format!("spec.triggers[{index}].useCachedMetrics"),
                "CachedMetricsNotSupported",
                format!(
                    "property \"useCachedMetrics\" is not supported for {:?} scaler",
                    trigger.trigger_type
                ),
            );
        }
        if trigger.metric_type.as_deref() == Some("Utilization")
            && !matches!(trigger.trigger_type.as_str(), "cpu" | "memory")
        {
            rules.error(
                format!("spec.triggers[{index}].metricType"),
                "UtilizationNotSupported",
                "metric type Utilization is only for cpu and memory; use AverageValue or Value",
            );
        }
    }
    fallback(object, rules);
    modifiers(object, rules);
    irrelevant(object, rules);
}

/// §2.9: the rule and its texts are KEDA's, equality being allowed for min and max alone.
fn bounds(object: &ScaledObject, rules: &mut Rules) {
    let spec = &object.spec;
    let min = spec.min_replica_count.map_or(0, |min| min.max(1));
    let max = spec.max_replica_count.unwrap_or(MAX_REPLICAS);
    if min > max {
        rules.error(
            "spec.minReplicaCount",
            "IncorrectReplicas",
            format!("MinReplicaCount={min} must be less than MaxReplicaCount={max}"),
        );
    }
    if let Some(idle) = spec.idle_replica_count
        && idle >= min
    {
        rules.error(
            "spec.idleReplicaCount",
            "IncorrectReplicas",
            format!("IdleReplicaCount={idle} must be less than MinReplicaCount={min}"),
        );
    }
}

pub(super) fn triggers(triggers: &[ScaleTrigger], rules: &mut Rules) {
    if triggers.is_empty() {
        rules.error(
            "spec.triggers",
            "NoTriggers",
            "no triggers defined in the object",
        );
    }
    let mut names = HashSet::new();
    for (index, trigger) in triggers.iter().enumerate() {
        if !trigger.name.is_empty() && !names.insert(&trigger.name) {
            rules.error(
                format!("spec.triggers[{index}].name"),
                "DuplicateTriggerName",
                format!(
                    "triggerName {:?} is defined multiple times, but it must be unique",
                    trigger.name
                ),
            );
        }
    }
}

fn fallback(object: &ScaledObject, rules: &mut Rules) {
    let spec = &object.spec;
    let Some(fallback) = &spec.fallback else {
        return;
    };
    let formula = spec
        .modifiers()
        .and_then(|m| m.formula.as_deref())
        .is_some_and(|formula| !formula.is_empty());
    if fallback.behavior == FallbackBehavior::ScalingModifiers && !formula {
        rules.error(
            "spec.fallback.behavior",
            "IncorrectFallback",
            "behavior scalingModifiers needs advanced.scalingModifiers.formula",
        );
    }
    let resource = |t: &ScaleTrigger| matches!(t.trigger_type.as_str(), "cpu" | "memory");
    if spec.modifiers().is_none() && spec.triggers.iter().all(resource) {
        rules.error(
            "spec.fallback",
            "IncorrectFallback",
            "fallback needs at least one trigger that is not cpu or memory",
        );
    }
}

fn modifiers(object: &ScaledObject, rules: &mut Rules) {
    const PATH: &str = "spec.advanced.scalingModifiers";
    let Some(modifiers) = object.spec.modifiers() else {
        return;
    };
    if modifiers.formula.as_deref().is_none_or(str::is_empty) {
        rules.error(
            PATH,
            "IncorrectModifiers",
            "formula is mandatory when scalingModifiers is used",
        );
    }
    match modifiers.target.as_deref() {
        None | Some("") => {
            rules.error(
                PATH,
                "IncorrectModifiers",
                "target is mandatory when scalingModifiers is used",
            );
        }
        Some(target) => {
            let number = target
                .parse::<f64>()
                .ok()
                .filter(|n| n.is_finite() && *n > 0.0);
            if number.is_none() {
                rules.error(
                    format!("{PATH}.target"),
                    "IncorrectModifiers",
                    format!("target `{target}` must be a number greater than 0"),
                );
            }
        }
    }
}

/// What KEDA's webhook warns of: settings that only matter around zero replicas.
fn irrelevant(object: &ScaledObject, rules: &mut Rules) {
    let spec = &object.spec;
    if spec.min_replica_count.unwrap_or(0) <= 0 || spec.idle_replica_count.is_some() {
        return;
    }
    let why = "minReplicaCount is greater than 0 and idleReplicaCount is not set";
    if spec.polling_interval.is_some() && !spec.triggers.iter().any(|t| t.use_cached_metrics) {
        let text = format!("PollingInterval is configured but is not relevant: {why}");
        rules.warning("spec.pollingInterval", "NotRelevant", text);
    }
    if spec.cooldown_period.is_some() {
        let text = format!("CooldownPeriod is configured but is not relevant: {why}");
        rules.warning("spec.cooldownPeriod", "NotRelevant", text);
    }
}

pub(super) fn job(job: &ScaledJob, rules: &mut Rules) {
    triggers(&job.spec.triggers, rules);
}

pub(super) fn process(process: &Process, rules: &mut Rules) {
    if process.spec.command.first().is_some_and(String::is_empty) {
        rules.error(
            "spec.command[0]",
            "EmptyCommand",
            "the program's name is empty",
        );
    }
}
