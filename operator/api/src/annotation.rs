//! The annotations of KEDA that change how an object scales.

use std::collections::BTreeMap;

/// Pauses the object.
pub const PAUSED: &str = "autoscaling.keda.sh/paused";
/// Scales to this many replicas, then pauses the object.
pub const PAUSED_REPLICAS: &str = "autoscaling.keda.sh/paused-replicas";
/// Replicas do not become fewer.
pub const PAUSED_SCALE_IN: &str = "autoscaling.keda.sh/paused-scale-in";
/// Replicas do not become more.
pub const PAUSED_SCALE_OUT: &str = "autoscaling.keda.sh/paused-scale-out";
/// The object counts as active.
pub const FORCE_ACTIVATION: &str = "autoscaling.keda.sh/force-activation";

/// Reads a boolean the way Go's `strconv.ParseBool` does.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// A boolean annotation: absent is false, and a text that is no boolean is true, as in KEDA.
pub fn flag(annotations: Option<&BTreeMap<String, String>>, key: &str) -> bool {
    annotations
        .and_then(|all| all.get(key))
        .is_some_and(|text| parse_bool(text).unwrap_or(true))
}

/// The text of an annotation.
pub fn text<'a>(annotations: Option<&'a BTreeMap<String, String>>, key: &str) -> Option<&'a str> {
    annotations?.get(key).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_boolean_counts_as_true_when_the_key_exists() {
        for (value, expected) in [("yes", true), ("", true), ("false", false), ("0", false)] {
            let all = BTreeMap::from([(PAUSED.to_string(), value.to_string())]);
            assert_eq!(flag(Some(&all), PAUSED), expected, "{value:?}");
        }
        assert!(!flag(None, PAUSED));
    }
}
