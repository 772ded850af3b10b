//! The definitions that clusters get are generated from the same types.

use kube::CustomResourceExt;
use operator_api::{
    ClusterTriggerAuthentication, Process, ScaledJob, ScaledObject, TriggerAuthentication,
};
use serde_json::{Value, json};

fn definition<K: CustomResourceExt>() -> Value {
    serde_json::to_value(K::crd()).unwrap()
}

fn spec(definition: &Value) -> &Value {
    &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
}

#[test]
fn names_scopes_and_short_names_are_kedas() {
    for (definition, name, scope, short) in [
        (
            definition::<ScaledObject>(),
            "scaledobjects.keda.sh",
            "Namespaced",
            json!(["so"]),
        ),
        (
            definition::<ScaledJob>(),
            "scaledjobs.keda.sh",
            "Namespaced",
            json!(["sj"]),
        ),
        (
            definition::<TriggerAuthentication>(),
            "triggerauthentications.keda.sh",
            "Namespaced",
            json!(["ta", "triggerauth"]),
        ),
        (
            definition::<ClusterTriggerAuthentication>(),
            "clustertriggerauthentications.keda.sh",
            "Cluster",
            json!(["cta", "clustertriggerauth"]),
        ),
        (
            definition::<Process>(),
            "processes.penstock.dev",
            "Namespaced",
            Value::Null,
        ),
    ] {
        assert_eq!(definition["metadata"]["name"], name);
        assert_eq!(definition["spec"]["scope"], scope, "{name}");
        assert_eq!(definition["spec"]["names"]["shortNames"], short, "{name}");
    }
}

#[test]
fn the_schema_of_a_scaled_object_has_kedas_bounds_and_defaults() {
    let definition = definition::<ScaledObject>();
    let spec = spec(&definition);
    let properties = &spec["properties"];
    assert_eq!(properties["pollingInterval"]["minimum"], json!(1.0));
    assert_eq!(properties["maxReplicaCount"]["minimum"], json!(1.0));
    assert_eq!(properties["triggers"]["minItems"], 1);
    assert_eq!(
        properties["fallback"]["properties"]["behavior"]["default"],
        "static"
    );
    assert_eq!(spec["required"], json!(["scaleTargetRef", "triggers"]));
    let rule = spec["x-kubernetes-validations"][0]["rule"]
        .as_str()
        .unwrap();
    assert!(rule.contains("self.minReplicaCount"), "{rule}");
    let metadata = &properties["triggers"]["items"]["properties"]["metadata"];
    assert_eq!(metadata["additionalProperties"]["type"], "string");
}

#[test]
fn both_kinds_of_authentication_have_one_schema() {
    let (one, other) = (
        definition::<TriggerAuthentication>(),
        definition::<ClusterTriggerAuthentication>(),
    );
    assert_eq!(spec(&one)["properties"], spec(&other)["properties"]);
    let oauth2 = &spec(&one)["properties"]["oauth2"]["properties"];
    assert_eq!(oauth2["type"]["default"], "clientCredentials");
}
