//! `advanced.horizontalPodAutoscalerConfig.behavior`, within the bounds of the API server.

use k8s_openapi::api::autoscaling::v2::HPAScalingRules;
use operator_api::manifest::Surveyed;
use operator_api::{ScaledObject, nearest};

use crate::finding::{Findings, Said, did_you_mean};

const PATH: &str = "spec.advanced.horizontalPodAutoscalerConfig.behavior";
const RULE: &str = "InvalidBehavior";

pub(super) fn check(item: &Surveyed, object: &ScaledObject, findings: &mut Findings) {
    let config = object
        .spec
        .advanced
        .as_ref()
        .and_then(|advanced| advanced.horizontal_pod_autoscaler_config.as_ref());
    let Some(behavior) = config.and_then(|config| config.behavior.as_ref()) else {
        return;
    };
    for (name, rules) in [
        ("scaleUp", &behavior.scale_up),
        ("scaleDown", &behavior.scale_down),
    ] {
        if let Some(rules) = rules {
            direction(item, &format!("{PATH}.{name}"), rules, findings);
        }
    }
}

fn direction(item: &Surveyed, path: &str, rules: &HPAScalingRules, findings: &mut Findings) {
    let mut say = |field: &str, message: String, fix: String| {
        findings.say(
            item,
            format!("{path}.{field}"),
            Said::error(RULE, message, fix),
        );
    };
    if let Some(seconds) = rules.stabilization_window_seconds
        && !(0..=3600).contains(&seconds)
    {
        let message = format!("stabilizationWindowSeconds {seconds} must be 0 to 3600");
        say(
            "stabilizationWindowSeconds",
            message,
            "write 0 to 3600 seconds".into(),
        );
    }
    let mut word = |field: &str, found: &str, allowed: &[&str]| {
        if allowed.contains(&found) {
            return;
        }
        let meant = nearest(found, allowed.iter().copied());
        let name = field.rsplit('.').next().unwrap_or(field);
        let all = allowed.join(", ");
        let message = format!(
            "{name} `{found}` must be one of {all}{}",
            did_you_mean(meant)
        );
        let fix = meant.map_or_else(|| format!("write one of {all}"), |m| format!("write {m}"));
        say(field, message, fix);
    };
    if let Some(select) = rules
        .select_policy
        .as_deref()
        .filter(|text| !text.is_empty())
    {
        word("selectPolicy", select, &["Max", "Min", "Disabled"]);
    }
    for (at, policy) in rules.policies.iter().flatten().enumerate() {
        word(
            &format!("policies[{at}].type"),
            &policy.type_,
            &["Pods", "Percent"],
        );
    }
    for (at, policy) in rules.policies.iter().flatten().enumerate() {
        if policy.value < 1 {
            let message = format!("value {} must be at least 1", policy.value);
            say(
                &format!("policies[{at}].value"),
                message,
                "write 1 or more".into(),
            );
        }
        if !(1..=1800).contains(&policy.period_seconds) {
            let message = format!("periodSeconds {} must be 1 to 1800", policy.period_seconds);
            say(
                &format!("policies[{at}].periodSeconds"),
                message,
                "write 1 to 1800 seconds".into(),
            );
        }
    }
    if rules.policies.as_ref().is_some_and(Vec::is_empty) {
        say(
            "policies",
            "policies must have at least one policy".into(),
            "leave policies out for the defaults, or `selectPolicy: Disabled` to forbid the direction"
                .into(),
        );
    }
    if let Some(tolerance) = &rules.tolerance
        && super::resources::quantity(&tolerance.0).is_none_or(|n| n < 0.0)
    {
        let message = format!(
            "tolerance `{}` must be a quantity of at least 0",
            tolerance.0
        );
        say(
            "tolerance",
            message,
            "write a quantity such as 0.05 or 50m".into(),
        );
    }
}
