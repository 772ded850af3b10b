use serde_json::{Map, Value};

/// The JSON merge patch that makes `before` of `after`; `None` when they are equal.
pub(super) fn merge_patch(before: &Value, after: &Value) -> Option<Value> {
    if before == after {
        return None;
    }
    let (Value::Object(from), Value::Object(to)) = (before, after) else {
        return Some(after.clone());
    };
    let mut patch = Map::new();
    for (name, value) in to {
        let change = match from.get(name) {
            Some(old) => merge_patch(old, value),
            None => Some(value.clone()),
        };
        if let Some(change) = change {
            patch.insert(name.clone(), change);
        }
    }
    for name in from.keys().filter(|name| !to.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    Some(Value::Object(patch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_changed_is_in_the_patch() {
        let before = json!({"a": 1, "b": {"c": 1, "d": 2}, "e": [1], "f": 1});
        let after = json!({"a": 1, "b": {"c": 1, "d": 3}, "e": [1, 2], "g": {"h": 1}});
        let patch = merge_patch(&before, &after).unwrap();
        assert_eq!(
            patch,
            json!({"b": {"d": 3}, "e": [1, 2], "f": null, "g": {"h": 1}})
        );
        assert_eq!(merge_patch(&after, &after), None);
    }
}
