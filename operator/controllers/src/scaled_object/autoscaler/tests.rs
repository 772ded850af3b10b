use operator_engine::{ObjectKey, Snapshot, TriggerSnapshot};
use runtime_types::{MetricType, Number};
use serde_json::{Value, json};

use super::*;

fn object(spec: Value) -> ScaledObject {
    let mut full = json!({"scaleTargetRef": {"name": "worker"}, "triggers": []});
    for (key, value) in spec.as_object().unwrap() {
        full[key] = value.clone();
    }
    serde_json::from_value(json!({
        "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
        "metadata": {"name": "orders", "namespace": "shop", "uid": "u1",
                     "labels": {"scaledobject.keda.sh/name": "orders"}},
        "spec": full,
    }))
    .unwrap()
}

fn redis(names: &[&str]) -> Value {
    let triggers = names
        .iter()
        .map(|_| json!({"type": "redis", "metadata": {}}));
    json!({"triggers": triggers.collect::<Vec<_>>()})
}

/// A snapshot in which each trigger has one metric, unless its name is empty: then nothing is known.
fn snapshot(names: &[&str]) -> Snapshot {
    let mut snapshot = blank();
    for (index, name) in (0..).zip(names) {
        let metric = operator_engine::MetricSnapshot {
            name: name.to_string(),
            value: Ok(Number::Whole(1)),
            target: Number::Whole(1500),
            metric_type: MetricType::AverageValue,
            activation: None,
        };
        snapshot.triggers.push(TriggerSnapshot {
            index,
            name: String::new(),
            trigger_type: "redis".into(),
            metrics: match name.is_empty() {
                true => vec![],
                false => vec![metric],
            },
            failure: None,
            notices: vec![],
            asked_at: None,
            latency: None,
        });
    }
    snapshot
}

fn blank() -> Snapshot {
    Snapshot::empty(ObjectKey::new("shop", "orders"), "u1")
}

fn kind() -> ApiResource {
    let kind = kube::core::GroupVersionKind::gvk("apps", "v1", "Deployment");
    ApiResource::from_gvk_with_plural(&kind, "deployments")
}

fn made(object: &ScaledObject, names: &[&str]) -> Value {
    let made = desired(object, &kind(), &snapshot(names), None, "1.0").unwrap();
    serde_json::to_value(made.unwrap()).unwrap()
}

#[test]
fn an_external_metric_has_the_objects_label_and_a_canonical_target() {
    let made = made(&object(redis(&["s0-redis-q"])), &["s0-redis-q"]);
    assert_eq!(made["metadata"]["name"], "keda-hpa-orders");
    assert_eq!(made["metadata"]["ownerReferences"][0]["uid"], "u1");
    let spec = &made["spec"];
    assert_eq!(
        (&spec["minReplicas"], &spec["maxReplicas"]),
        (&json!(1), &json!(100))
    );
    assert_eq!(
        spec["scaleTargetRef"],
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "worker"})
    );
    assert_eq!(
        spec["metrics"],
        json!([{"type": "External", "external": {
            "metric": {"name": "s0-redis-q", "selector": {"matchLabels": {"scaledobject.keda.sh/name": "orders"}}},
            "target": {"type": "AverageValue", "averageValue": "1500"}}}])
    );
}

#[test]
fn metrics_are_sorted_by_type_and_stay_in_order_within_one() {
    let object = object(
        json!({"minReplicaCount": 0, "idleReplicaCount": 0, "triggers": [
            {"type": "memory", "metricType": "AverageValue", "metadata": {"value": "100Mi"}},
            {"type": "redis", "metadata": {}},
            {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60", "containerName": "main"}},
            {"type": "redis", "metadata": {}},
        ]}),
    );
    let made = made(&object, &["", "s1-b", "", "s3-a"]);
    let metrics = made["spec"]["metrics"].as_array().unwrap();
    let types: Vec<_> = metrics
        .iter()
        .map(|m| m["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        ["ContainerResource", "External", "External", "Resource"]
    );
    assert_eq!(metrics[1]["external"]["metric"]["name"], "s1-b");
    assert_eq!(
        metrics[3]["resource"],
        json!({"name": "memory", "target": {"type": "AverageValue", "averageValue": "100Mi"}})
    );
    assert_eq!(made["spec"]["minReplicas"], 1);
}

#[test]
fn a_formula_has_one_metric_beside_the_pods_resources_and_all_names_are_told() {
    let object = object(json!({
        "triggers": [
            {"type": "redis", "name": "a", "metadata": {}},
            {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60"}},
            {"type": "memory", "metricType": "Utilization", "metadata": {"value": "60", "containerName": "main"}},
        ],
        "advanced": {"scalingModifiers": {"formula": "a * 2", "target": "2.5"}},
    }));
    let metrics = metrics(&object, &snapshot(&["s0-q"]), None).unwrap();
    assert_eq!(metrics.external, ["s0-q"]);
    assert_eq!(metrics.resources, ["cpu"]);
    let shown = serde_json::to_value(&metrics.specs).unwrap();
    assert_eq!(shown.as_array().unwrap().len(), 2);
    assert_eq!(shown[0]["external"]["metric"]["name"], "composite-metric");
    assert_eq!(
        shown[0]["external"]["target"],
        json!({"type": "AverageValue", "averageValue": "2500m"})
    );
    assert_eq!(shown[1]["resource"]["name"], "cpu");
}

#[test]
fn a_trigger_of_which_nothing_is_known_keeps_the_metrics_it_had() {
    let object = object(redis(&["s0-a", "s1-b"]));
    let before = desired(&object, &kind(), &snapshot(&["s0-a", "s1-b"]), None, "1").unwrap();
    let after = desired(
        &object,
        &kind(),
        &snapshot(&["s0-a", ""]),
        before.as_ref(),
        "1",
    )
    .unwrap();
    assert_eq!(before, after);
    let nothing = desired(&object, &kind(), &blank(), None, "1").unwrap();
    assert_eq!(nothing, None);
}

#[test]
fn one_name_for_two_metrics_is_refused_in_kedas_words() {
    let object = object(redis(&["s0-a", "s0-a"]));
    let error = metrics(&object, &snapshot(&["s0-a", "s0-a"]), None).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("metricName s0-a defined multiple times in ScaledObject orders"),
        "{error}"
    );
}

#[test]
fn a_paused_direction_is_disabled_and_the_users_rules_stay() {
    let mut object = object(json!({
        "triggers": [{"type": "redis", "metadata": {}}],
        "advanced": {"horizontalPodAutoscalerConfig": {"name": "mine", "behavior": {
            "scaleDown": {"stabilizationWindowSeconds": 5}}}},
    }));
    object.metadata.annotations = Some(
        [(
            "autoscaling.keda.sh/paused-scale-in".to_string(),
            "yes".to_string(),
        )]
        .into(),
    );
    let made = made(&object, &["s0-a"]);
    assert_eq!(made["metadata"]["name"], "mine");
    assert_eq!(
        made["spec"]["behavior"],
        json!({"scaleDown": {"stabilizationWindowSeconds": 5, "selectPolicy": "Disabled"}})
    );
    assert!(
        made["metadata"]["annotations"].is_object(),
        "annotations are copied"
    );
}
