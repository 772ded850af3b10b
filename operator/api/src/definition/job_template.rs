//! A job as the API server's own schema has it.
//!
//! The generated types know fields and their types. Missing are the keys by which server-side apply
//! merges lists, and defaults without which a job that Kubernetes takes would be refused. Texts are
//! left out: with them the definition is too long for the annotation that `kubectl apply` writes.

use serde_json::{Map, Value as Json, json};

use super::each;

/// Lists that are merged by keys.
const KEYS: [(&str, &[&str]); 14] = [
    ("claims", &["name"]),
    ("containers", &["name"]),
    ("env", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("hostAliases", &["ip"]),
    ("imagePullSecrets", &["name"]),
    ("initContainers", &["name"]),
    ("ports", &["containerPort", "protocol"]),
    ("resourceClaims", &["name"]),
    ("schedulingGates", &["name"]),
    (
        "topologySpreadConstraints",
        &["topologyKey", "whenUnsatisfiable"],
    ),
    ("volumeDevices", &["devicePath"]),
    ("volumeMounts", &["mountPath"]),
    ("volumes", &["name"]),
];

/// Objects that are replaced as a whole.
const ATOMIC: [&str; 15] = [
    "configMapKeyRef",
    "dataSource",
    "fieldRef",
    "fileKeyRef",
    "labelSelector",
    "namespaceSelector",
    "nodePublishSecretRef",
    "nodeSelector",
    "nodeSelectorTerms[]",
    "preference",
    "resourceFieldRef",
    "secretKeyRef",
    "secretRef",
    "selector",
    "imagePullSecrets[]",
];

/// Objects whose `name` may be left out: references to a Secret or a ConfigMap.
const NAMED: [&str; 8] = [
    "configMap",
    "configMapKeyRef",
    "configMapRef",
    "imagePullSecrets[]",
    "nodePublishSecretRef",
    "secret",
    "secretKeyRef",
    "secretRef",
];

/// Defaults: of a field of an object.
const DEFAULTS: [(&str, &str, &str); 9] = [
    ("azureDisk", "fsType", "ext4"),
    ("grpc", "service", ""),
    ("iscsi", "iscsiInterface", "default"),
    ("ports[]", "protocol", "TCP"),
    ("rbd", "keyring", "/etc/ceph/keyring"),
    ("rbd", "pool", "rbd"),
    ("rbd", "user", "admin"),
    ("scaleIO", "fsType", "xfs"),
    ("scaleIO", "storageMode", "ThinProvisioned"),
];

/// What people set in a template's metadata; the rest is the API server's.
const METADATA: [&str; 5] = ["annotations", "finalizers", "labels", "name", "namespace"];

pub(super) fn complete(job: &mut Json) {
    let description = job.get("description").cloned();
    each(job, "", "", field);
    if let (Some(job), Some(description)) = (job.as_object_mut(), description) {
        job.insert("description".into(), description);
    }
    let metadata = job.pointer_mut("/properties/template/properties/metadata");
    if let Some(metadata) = metadata.and_then(Json::as_object_mut) {
        metadata.insert("x-kubernetes-preserve-unknown-fields".into(), json!(true));
    }
}

fn field(parent: &str, name: &str, schema: &mut Map<String, Json>) {
    schema.remove("description");
    if let Some((_, keys)) = KEYS.iter().find(|(list, _)| *list == name)
        && schema.contains_key("items")
    {
        schema.insert("x-kubernetes-list-type".into(), json!("map"));
        schema.insert("x-kubernetes-list-map-keys".into(), json!(keys));
    }
    if name == "values" && matches!(parent, "exitCodes" | "onExitCodes") {
        schema.insert("x-kubernetes-list-type".into(), json!("set"));
    }
    let named = NAMED.contains(&name) && has(schema, "name");
    if named {
        no_longer_required(schema, "name");
        default(schema, "name", json!(""));
    }
    let required_nodes = (parent, name)
        == (
            "nodeAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
        );
    if named || required_nodes || ATOMIC.contains(&name) {
        schema.insert("x-kubernetes-map-type".into(), json!("atomic"));
    }
    for (object, field, text) in DEFAULTS {
        if name == object {
            default(schema, field, json!(text));
        }
    }
    if name == "metadata"
        && let Some(properties) = schema.get_mut("properties").and_then(Json::as_object_mut)
    {
        properties.retain(|name, _| METADATA.contains(&name.as_str()));
    }
    match name {
        "azureDisk" => default(schema, "readOnly", json!(false)),
        "fileKeyRef" => default(schema, "optional", json!(false)),
        _ => {}
    }
}

fn has(schema: &Map<String, Json>, field: &str) -> bool {
    schema
        .get("properties")
        .is_some_and(|p| p.get(field).is_some())
}

fn default(schema: &mut Map<String, Json>, field: &str, value: Json) {
    if let Some(field) = schema
        .get_mut("properties")
        .and_then(|properties| properties.get_mut(field))
        .and_then(Json::as_object_mut)
    {
        field.insert("default".into(), value);
    }
}

fn no_longer_required(schema: &mut Map<String, Json>, field: &str) {
    if let Some(required) = schema.get_mut("required").and_then(Json::as_array_mut) {
        required.retain(|name| name != field);
        if required.is_empty() {
            schema.remove("required");
        }
    }
}
