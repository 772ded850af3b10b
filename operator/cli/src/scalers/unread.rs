use operator_api::nearest;
use runtime_types::{Trigger, TriggerType};

/// By which a parameter names a variable of the target's environment.
const FROM_ENV: &str = "FromEnv";

/// Remarks on parameters of the manifest that the scaler does not know. KEDA passes over them in
/// silence, and a misspelt one then has its default: no error, for objects that KEDA takes are taken.
pub(super) fn unread(trigger: &Trigger, of: &TriggerType) -> Vec<String> {
    let parameters = of.parameters.iter().flat_map(|p| &p.names);
    let known: Vec<&str> = parameters.map(String::as_str).collect();
    let unread = trigger.metadata.keys().filter(|key| {
        let name = key.strip_suffix(FROM_ENV).unwrap_or(key);
        !known.contains(&key.as_str()) && !known.contains(&name)
    });
    unread
        .map(|key| {
            let suggestion = nearest(key, known.iter().copied())
                .map(|name| format!(", did you mean `{name}`?"))
                .unwrap_or_default();
            format!("unknown parameter `{key}` is ignored{suggestion}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_parameter_is_remarked_upon_and_a_variables_name_is_not() {
        let of: TriggerType = serde_json::from_value(serde_json::json!({
            "type": "redis",
            "parameters": [
                {"names": ["address"], "kind": "string", "sources": ["triggerMetadata"]},
                {"names": ["listName"], "kind": "string", "sources": ["triggerMetadata"]},
            ],
        }))
        .unwrap();
        let trigger = Trigger {
            metadata: ["addressFromEnv", "listname", "queue"]
                .map(|key| (key.to_string(), "x".to_string()))
                .into(),
            ..Trigger::default()
        };
        assert_eq!(
            unread(&trigger, &of),
            [
                "unknown parameter `listname` is ignored, did you mean `listName`?",
                "unknown parameter `queue` is ignored",
            ]
        );
    }
}
