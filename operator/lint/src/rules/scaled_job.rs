//! What is particular to jobs.

use operator_api::manifest::Surveyed;
use operator_api::{ScaledJob, ScalingStrategyKind};

use super::resources::is_resource;
use crate::finding::{Findings, Said};

pub(super) fn check(item: &Surveyed, job: &ScaledJob, findings: &mut Findings) {
    bounds(item, job, findings);
    strategy(item, job, findings);
    template(item, job, findings);
    if job.spec.rollout_strategy.is_some() {
        let said = Said::warning(
            "DeprecatedField",
            "rolloutStrategy is deprecated",
            "write `rollout: {strategy: ...}` instead",
        );
        findings.say(item, "spec.rolloutStrategy", said);
    }
    for (at, trigger) in job.spec.triggers.iter().enumerate() {
        let path = format!("spec.triggers[{at}]");
        if is_resource(trigger) {
            let kind = &trigger.trigger_type;
            let said = Said::error(
                "ResourceTriggerNotSupported",
                format!("jobs cannot be started by {kind}: only running pods use any"),
                "use an event source, or a ScaledObject",
            );
            findings.say(item, format!("{path}.type"), said);
        }
    }
}

fn bounds(item: &Surveyed, job: &ScaledJob, findings: &mut Findings) {
    let min = job.spec.min_replica_count.unwrap_or(0);
    let max = job.spec.max_replica_count.unwrap_or(100);
    if min > max && item.is_sound(&["spec.minReplicaCount", "spec.maxReplicaCount"]) {
        let said = Said::error(
            "IncorrectReplicas",
            format!("minReplicaCount {min} is greater than maxReplicaCount {max}"),
            "choose minReplicaCount <= maxReplicaCount",
        );
        findings.say(item, "spec.minReplicaCount", said);
    }
}

fn strategy(item: &Surveyed, job: &ScaledJob, findings: &mut Findings) {
    const PATH: &str = "spec.scalingStrategy";
    let Some(strategy) = &job.spec.scaling_strategy else {
        return;
    };
    if !item.is_sound(&[PATH]) {
        return;
    }
    let custom = strategy.strategy == Some(ScalingStrategyKind::Custom);
    let percentage = strategy.custom_scaling_running_job_percentage.as_deref();
    let path = format!("{PATH}.customScalingRunningJobPercentage");
    match percentage {
        Some(text) if custom && text.parse::<f64>().is_err() => {
            let message = format!("`{text}` is no number: the default strategy would be used");
            let fix = "write a number in quotes, such as \"0.5\"";
            findings.say(item, path, Said::warning("IncorrectStrategy", message, fix));
        }
        None if custom => {
            let said = Said::warning(
                "IncorrectStrategy",
                "strategy custom without customScalingRunningJobPercentage: the default strategy would be used",
                "add `customScalingRunningJobPercentage: \"0.5\"`, or choose another strategy",
            );
            findings.say(item, format!("{PATH}.strategy"), said);
        }
        Some(_) if !custom => {
            let said = Said::warning(
                "IncorrectStrategy",
                "customScalingRunningJobPercentage counts only with `strategy: custom`",
                "write `strategy: custom`, or remove it",
            );
            findings.say(item, path, said);
        }
        _ => {}
    }
    if strategy.custom_scaling_queue_length_deduction.is_some() && !custom {
        let said = Said::warning(
            "IncorrectStrategy",
            "customScalingQueueLengthDeduction counts only with `strategy: custom`",
            "write `strategy: custom`, or remove it",
        );
        findings.say(
            item,
            format!("{PATH}.customScalingQueueLengthDeduction"),
            said,
        );
    }
}

/// Clusters refuse jobs whose pods are restarted for ever.
fn template(item: &Surveyed, job: &ScaledJob, findings: &mut Findings) {
    let Some(pod) = &job.spec.job_target_ref.template.spec else {
        return;
    };
    let found = pod.restart_policy.as_deref().unwrap_or_default();
    if !matches!(found, "Never" | "OnFailure") && item.is_sound(&["spec.jobTargetRef"]) {
        let message = match found {
            "" => "the pods of a job need restartPolicy Never or OnFailure".to_string(),
            text => format!("restartPolicy `{text}` of a job's pods must be Never or OnFailure"),
        };
        let fix = "write `restartPolicy: Never` beside `containers`";
        let path = "spec.jobTargetRef.template.spec.restartPolicy";
        findings.say(
            item,
            path,
            Said::error("InvalidRestartPolicy", message, fix),
        );
    }
}
