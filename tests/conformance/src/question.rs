//! A case as a line of input, or why it cannot be one.

use serde_json::{Map, Value, json};

/// Parts of a case that only KEDA's own code can be given.
const INTERNAL: [&str; 7] = [
    "mocks",
    "mock_expectations",
    "mock_rows",
    "overrides",
    "setup_args",
    "setup_calls",
    "tcp_stub",
];

/// The line for a case's configuration.
///
/// # Errors
/// Why the configuration cannot be given to a black box.
pub fn check(trigger_type: &str, case: &Value) -> Result<Value, String> {
    for (key, reason) in [
        ("unresolved", "the case is not known in full"),
        ("env", "sets the process's environment"),
        ("files", "needs files at fixed places"),
    ] {
        if is_given(&case[key]) {
            return Err(reason.to_string());
        }
    }
    let metric_type = [&case["metric_type"], &case["scaler_metric_type"]];
    let metric_type = metric_type.into_iter().find_map(Value::as_str);
    Ok(json!({
        "id": case["id"],
        "type": trigger_type,
        "metadata": case["metadata"],
        "authParams": case["auth_params"],
        "resolvedEnv": case["resolved_env"],
        "podIdentity": identity(case),
        "triggerIndex": case["trigger_index"],
        "metricType": metric_type,
        "asMetricSource": case["as_metric_source"],
        "namespace": case["scalable_object_namespace"],
    }))
}

/// The line for a case that asks a source.
///
/// # Errors
/// Why a black box cannot be asked the same.
pub fn poll(trigger_type: &str, case: &Value) -> Result<Value, String> {
    let function = case["function"].as_str().unwrap_or_default();
    if !case["metadata"].is_object() {
        return Err("calls an internal function, without a configuration".into());
    }
    if let Some(key) = INTERNAL.iter().find(|key| is_given(&case[**key])) {
        return Err(format!("has {key}, which only KEDA's code can be given"));
    }
    let receiver = case["receiver"].to_string();
    if ["\"$func", "\"$mock"].iter().any(|m| receiver.contains(m)) {
        return Err("replaces an internal function".into());
    }
    let has_stubs = is_given(&case["http_stubs"]);
    let stated = &case["expect"];
    let is_reading =
        function.ends_with(".GetMetricsAndActivity") || (has_stubs && stated["result"].is_number());
    if !is_reading {
        return Err("calls an internal function".into());
    }
    if !has_stubs && stated["error"] != json!(true) {
        return Err("asks a source that the case does not describe, or the clock".into());
    }
    check(trigger_type, case)
}

fn is_given(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(items) => !items.is_empty(),
        _ => true,
    }
}

/// The provider, with what else the case says of the identity (Go's names of the fields).
fn identity(case: &Value) -> Value {
    let Some(detail) = case["pod_identity_detail"].as_object() else {
        return case["pod_identity"].clone();
    };
    let mut identity = Map::new();
    identity.insert("provider".into(), case["pod_identity"].clone());
    for (go, ours) in [
        ("IdentityID", "identityId"),
        ("IdentityTenantID", "identityTenantId"),
        ("IdentityAuthorityHost", "identityAuthorityHost"),
        ("RoleArn", "roleArn"),
        ("ExternalID", "externalID"),
        ("IdentityOwner", "identityOwner"),
    ] {
        if let Some(text) = detail.get(go).and_then(Value::as_str) {
            identity.insert(ours.into(), text.into());
        }
    }
    Value::Object(identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_becomes_a_line() {
        let case = json!({"id": "T/0", "metadata": {"a": "b"}, "auth_params": null,
            "pod_identity": "aws", "pod_identity_detail": {"RoleArn": "arn"}, "trigger_index": 2,
            "env": {}});
        let line = check("x", &case).unwrap();
        assert_eq!(line["metadata"], json!({"a": "b"}));
        assert_eq!(
            line["podIdentity"],
            json!({"provider": "aws", "roleArn": "arn"})
        );
        assert_eq!(
            (&line["type"], &line["triggerIndex"]),
            (&json!("x"), &json!(2))
        );
    }

    #[test]
    fn what_only_kedas_code_can_be_given_is_left_out() {
        let case = |more: Value| {
            let mut case = json!({"metadata": {}, "function": "x.GetMetricsAndActivity",
                "http_stubs": [{}], "expect": {"error": false}});
            for (key, value) in more.as_object().unwrap() {
                case[key] = value.clone();
            }
            poll("x", &case)
        };
        assert!(case(json!({})).is_ok());
        for more in [
            json!({"metadata": null}),
            json!({"mocks": [1]}),
            json!({"receiver": {"f": {"$func_returns": [1]}}}),
            json!({"http_stubs": []}),
            json!({"function": "x.buildQuery"}),
            json!({"env": {"A": "b"}}),
        ] {
            assert!(case(more.clone()).is_err(), "{more}");
        }
    }
}
