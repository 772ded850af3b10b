use std::collections::BTreeMap;

use operator_api::ScaledObject;

use super::object_name;

const EXCLUDED: &str = "scaledobject.keda.sh/hpa-excluded-labels";
/// Longest value of a label, in bytes.
const LONGEST: usize = 63;

/// KEDA's labels, and over them the object's own, except for those it excludes.
pub(super) fn labels(object: &ScaledObject, name: &str, version: &str) -> BTreeMap<String, String> {
    let excluded = object.metadata.annotations.as_ref();
    let excluded: Vec<&str> = excluded
        .and_then(|all| all.get(EXCLUDED))
        .map(|list| list.split(',').collect())
        .unwrap_or_default();
    let mut labels: BTreeMap<String, String> = [
        ("app.kubernetes.io/name", short(name)),
        ("app.kubernetes.io/version", version),
        ("app.kubernetes.io/part-of", object_name(object)),
        ("app.kubernetes.io/managed-by", "keda-operator"),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_string(), value.to_string()))
    .collect();
    let own = object.metadata.labels.iter().flatten();
    let own = own.filter(|(key, _)| !excluded.contains(&key.as_str()));
    labels.extend(own.map(|(key, value)| (key.clone(), value.clone())));
    labels
}

fn short(name: &str) -> &str {
    let end = name.floor_char_boundary(LONGEST);
    name[..end].trim_end_matches(|c: char| !c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use operator_api::ScaledObject;
    use serde_json::json;

    fn object(metadata: serde_json::Value) -> ScaledObject {
        serde_json::from_value(json!({
            "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": metadata,
            "spec": {"scaleTargetRef": {"name": "w"}, "triggers": []},
        }))
        .unwrap()
    }

    #[test]
    fn the_users_labels_win_and_those_excluded_stay_away() {
        let object = object(json!({
            "name": "orders",
            "labels": {"app.kubernetes.io/managed-by": "argo", "team": "a", "secret": "b"},
            "annotations": {EXCLUDED: "secret, other"},
        }));
        let labels = labels(&object, "keda-hpa-orders", "1.2");
        let expected = [
            ("app.kubernetes.io/managed-by", "argo"),
            ("app.kubernetes.io/name", "keda-hpa-orders"),
            ("app.kubernetes.io/part-of", "orders"),
            ("app.kubernetes.io/version", "1.2"),
            ("team", "a"),
        ];
        let labels: Vec<_> = labels
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(labels, expected);
    }

    #[test]
    fn a_long_name_is_cut_where_a_label_may_end() {
        let name = format!("{}.-.tail", "a".repeat(61));
        assert_eq!(short(&name), "a".repeat(61));
    }
}
