//! The definitions that a cluster gets: kube's, brought to what KEDA's own say.
//!
//! What Rust's types cannot say is added here: keys of lists, Kubernetes' own defaults inside a job,
//! bounds of the autoscaler's windows. `tests/keda.rs` holds the result against KEDA's.

mod job_template;

use kube::CustomResourceExt;
use serde_json::{Map, Value as Json, json};

use crate::{ClusterTriggerAuthentication, ScaledJob, ScaledObject, TriggerAuthentication};

/// A quantity as the API server's own parser takes it.
const QUANTITY: &str = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$";
/// Fields that are quantities; what else takes a number or a text is a port or a count.
const QUANTITIES: [&str; 6] = [
    "divisor",
    "limits{}",
    "overhead{}",
    "requests{}",
    "sizeLimit",
    "tolerance",
];
/// Kubernetes' own limit of both windows of an autoscaler, in seconds.
const LONGEST_WINDOW: u32 = 3600;

/// The definitions of the kinds that live in clusters, as CustomResourceDefinition objects.
pub fn all() -> Vec<Json> {
    vec![
        of::<ScaledObject>(),
        of::<ScaledJob>(),
        of::<TriggerAuthentication>(),
        of::<ClusterTriggerAuthentication>(),
    ]
}

/// One definition.
pub fn of<K: CustomResourceExt>() -> Json {
    let mut definition = serde_json::to_value(K::crd()).unwrap_or_default();
    if let Some(names) = definition.pointer_mut("/spec/names") {
        let kind = names["kind"].as_str().unwrap_or_default();
        names["listKind"] = json!(format!("{kind}List"));
    }
    if let Some(schema) = definition.pointer_mut("/spec/versions/0/schema/openAPIV3Schema") {
        complete(schema);
    }
    definition
}

fn complete(schema: &mut Json) {
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("title");
    }
    each(schema, "", "", every_kind);
    let properties = &mut schema["properties"];
    properties["apiVersion"] = json!({"type": "string"});
    properties["kind"] = json!({"type": "string"});
    properties["metadata"] = json!({"type": "object"});
    if let Some(status) = properties.get_mut("status") {
        each(status, "", "", of_status);
    }
    let Some(spec) = properties.get_mut("spec") else {
        return;
    };
    if let Some(behavior) = spec.pointer_mut(
        "/properties/advanced/properties/horizontalPodAutoscalerConfig/properties/behavior",
    ) {
        each(behavior, "", "", windows);
    }
    if let Some(job) = spec.pointer_mut("/properties/jobTargetRef") {
        job_template::complete(job);
        // Jobs have no autoscaler that would compare. KEDA's schema lacks it too.
        if let Some(trigger) = spec
            .pointer_mut("/properties/triggers/items/properties")
            .and_then(Json::as_object_mut)
        {
            trigger.remove("metricType");
        }
    }
}

/// Changes one schema, given its parent's name and its own.
type Change = fn(&str, &str, &mut Map<String, Json>);

/// Calls `change` with parent, name and schema of every field below `schema`, and of itself. The elements
/// of `list` are `list[]`, the values of `map` are `map{}`.
fn each(schema: &mut Json, parent: &str, name: &str, change: Change) {
    let Some(fields) = schema.as_object_mut() else {
        return;
    };
    change(parent, name, fields);
    if let Some(properties) = fields.get_mut("properties").and_then(Json::as_object_mut) {
        for (child, schema) in properties.iter_mut() {
            each(schema, name, child, change);
        }
    }
    if let Some(items) = fields.get_mut("items") {
        each(items, name, &format!("{name}[]"), change);
    }
    if let Some(values) = fields.get_mut("additionalProperties") {
        each(values, name, &format!("{name}{{}}"), change);
    }
}

fn every_kind(_: &str, name: &str, schema: &mut Map<String, Json>) {
    // A stored null would be refused by KEDA's definition after a move back.
    schema.remove("nullable");
    if schema.contains_key("x-kubernetes-int-or-string") && QUANTITIES.contains(&name) {
        schema.insert("pattern".into(), json!(QUANTITY));
    }
    for bound in ["minimum", "maximum"] {
        if let Some(number) = schema.get(bound).and_then(Json::as_f64)
            && number.fract() == 0.0
        {
            #[allow(clippy::cast_possible_truncation)]
            schema.insert(bound.into(), json!(number as i64));
        }
    }
}

/// Only operators write it, and another's word must not make the whole object unwritable.
fn of_status(_: &str, _: &str, schema: &mut Map<String, Json>) {
    schema.remove("enum");
    schema.remove("default");
}

fn windows(_: &str, name: &str, schema: &mut Map<String, Json>) {
    if name == "stabilizationWindowSeconds" {
        schema.insert("minimum".into(), json!(0));
        schema.insert("maximum".into(), json!(LONGEST_WINDOW));
    }
}
