use std::collections::BTreeMap;

use k8s_openapi::api::autoscaling::v2::{
    HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscaler, HorizontalPodAutoscalerBehavior,
    HorizontalPodAutoscalerSpec,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use serde_json::Value;

/// Whether the autoscaler there is has to be written anew to be as it should. Labels and annotations
/// of others stay; what the API server fills in is no difference.
pub(in crate::scaled_object) fn differs(
    desired: &HorizontalPodAutoscaler,
    live: &HorizontalPodAutoscaler,
) -> bool {
    let (wanted, there) = (&desired.metadata, &live.metadata);
    if !is_subset(wanted.labels.as_ref(), there.labels.as_ref())
        || !is_subset(wanted.annotations.as_ref(), there.annotations.as_ref())
        || wanted.annotations.is_none() && there.annotations.is_some()
        || wanted.owner_references != there.owner_references
    {
        return true;
    }
    normal(&desired.spec) != normal(&live.spec)
}

fn is_subset(
    of: Option<&BTreeMap<String, String>>,
    all: Option<&BTreeMap<String, String>>,
) -> bool {
    let mut of = of.into_iter().flatten();
    of.all(|(key, value)| all.and_then(|all| all.get(key)) == Some(value))
}

/// The specification with defaults filled in and quantities in one form.
fn normal(spec: &HorizontalPodAutoscalerSpec) -> Value {
    let mut spec = spec.clone();
    if let Some(behavior) = &mut spec.behavior {
        fill_in(behavior);
    }
    let mut value = serde_json::to_value(spec).unwrap_or_default();
    quantities(&mut value);
    value
}

/// As the API server does, once there is any behaviour at all.
fn fill_in(behavior: &mut HorizontalPodAutoscalerBehavior) {
    let policy = |type_: &str, value| HPAScalingPolicy {
        type_: type_.into(),
        value,
        period_seconds: 15,
    };
    let up = HPAScalingRules {
        stabilization_window_seconds: Some(0),
        select_policy: Some("Max".into()),
        policies: Some(vec![policy("Pods", 4), policy("Percent", 100)]),
        tolerance: None,
    };
    let down = HPAScalingRules {
        stabilization_window_seconds: None,
        select_policy: Some("Max".into()),
        policies: Some(vec![policy("Percent", 100)]),
        tolerance: None,
    };
    for (rules, default) in [
        (&mut behavior.scale_up, up),
        (&mut behavior.scale_down, down),
    ] {
        let given = rules.take().unwrap_or_default();
        *rules = Some(HPAScalingRules {
            stabilization_window_seconds: given
                .stabilization_window_seconds
                .or(default.stabilization_window_seconds),
            select_policy: given.select_policy.or(default.select_policy),
            policies: given
                .policies
                .filter(|p| !p.is_empty())
                .or(default.policies),
            tolerance: given.tolerance,
        });
    }
}

/// Replaces quantities by their amount: the API server rewrites `2.5` to `2500m`.
fn quantities(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match field {
                    Value::String(text)
                        if matches!(name.as_str(), "value" | "averageValue" | "tolerance") =>
                    {
                        if let Some(amount) = amount(&Quantity(text.clone())) {
                            *field = amount.into();
                        }
                    }
                    field => quantities(field),
                }
            }
        }
        Value::Array(entries) => entries.iter_mut().for_each(quantities),
        _ => {}
    }
}

/// In millionths: finer than any target, and coarse enough to take one amount for one number however
/// it was written.
fn amount(quantity: &Quantity) -> Option<f64> {
    Some((crate::scaled_object::resource::amount(&quantity.0)? * 1e6).round())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn autoscaler(spec: Value) -> HorizontalPodAutoscaler {
        serde_json::from_value(json!({
            "metadata": {"name": "a", "labels": {"x": "1"}},
            "spec": spec,
        }))
        .unwrap()
    }

    fn spec(target: &str, behavior: Value) -> Value {
        json!({
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "w"},
            "minReplicas": 1, "maxReplicas": 5, "behavior": behavior,
            "metrics": [{"type": "External", "external": {
                "metric": {"name": "s0-x"}, "target": {"type": "AverageValue", "averageValue": target}}}],
        })
    }

    #[test]
    fn what_the_api_server_fills_in_is_no_difference() {
        let desired = autoscaler(spec(
            "2.5",
            json!({"scaleDown": {"stabilizationWindowSeconds": 10}}),
        ));
        let live = autoscaler(spec(
            "2500m",
            json!({
                "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [
                    {"type": "Pods", "value": 4, "periodSeconds": 15}, {"type": "Percent", "value": 100, "periodSeconds": 15}]},
                "scaleDown": {"stabilizationWindowSeconds": 10, "selectPolicy": "Max", "policies": [
                    {"type": "Percent", "value": 100, "periodSeconds": 15}]},
            }),
        ));
        assert!(!differs(&desired, &live));
    }

    #[test]
    fn a_changed_target_a_removed_behaviour_and_a_lost_label_are() {
        let desired = autoscaler(spec("5", Value::Null));
        assert!(!differs(&desired, &autoscaler(spec("5", Value::Null))));
        assert!(differs(&desired, &autoscaler(spec("6", Value::Null))));
        let with_behavior = autoscaler(spec("5", json!({"scaleUp": {"selectPolicy": "Disabled"}})));
        assert!(differs(&desired, &with_behavior));
        let mut bare = desired.clone();
        bare.metadata.labels = None;
        assert!(differs(&desired, &bare));
        assert!(!differs(&bare, &desired), "labels of others stay");
    }
}
