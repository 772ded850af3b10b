use runtime_types::ParameterError;
use serde::Serialize;
use serde_json::Value;

/// What is said about one trigger: the JSON of `-o json`, and of a line of `--stdin`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    /// The line's `id`, verbatim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Value>,
    /// The parameters are right, whatever the source says.
    pub(super) ok: bool,
    /// No scaler has the type.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) unsupported: bool,
    /// What the user must change.
    pub(super) errors: Vec<WrongParameter>,
    pub(super) metrics: Vec<MetricAnswer>,
    /// Set when the source was to be asked.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) polled: Option<Polled>,
    /// The component failed: neither right nor wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unknown: Option<String>,
    /// Remarks for the user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notices: Vec<String>,
}

/// What asking the source came to.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Polled {
    /// `None` when it is not known.
    pub(super) active: Option<bool>,
    /// What else is worth saying about a single trigger.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) details: Option<Details>,
}

/// What is said of one trigger only: a line's answer is the same each time it is asked.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Details {
    /// How long the source took, in milliseconds.
    pub(super) latency_ms: f64,
    /// Replicas that the built-in autoscaler would want with one there is.
    pub(super) replicas: Option<u32>,
    /// Why so many.
    pub(super) why: String,
}

/// One metric.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MetricAnswer {
    /// With the trigger's index.
    pub(super) name: String,
    pub(super) target_type: String,
    /// A Kubernetes quantity.
    pub(super) target: String,
    /// Exact decimal text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unknown: Option<String>,
}

/// A parameter that the user must change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct WrongParameter {
    /// Empty when a combination of several is wrong.
    pub(super) param: String,
    pub(super) message: String,
}

impl WrongParameter {
    pub(super) fn new(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            param: param.into(),
            message: message.into(),
        }
    }
}

impl From<ParameterError> for WrongParameter {
    fn from(error: ParameterError) -> Self {
        Self::new(error.parameter, error.message)
    }
}

// The signature is serde's.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(truth: &bool) -> bool {
    !truth
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_checks_line_has_these_fields_and_no_others() {
        let answer = Answer {
            id: Some(json!(1)),
            ok: true,
            metrics: vec![MetricAnswer {
                name: "s0-x".into(),
                target_type: "AverageValue".into(),
                target: "1k".into(),
                ..MetricAnswer::default()
            }],
            ..Answer::default()
        };
        assert_eq!(
            serde_json::to_value(&answer).unwrap(),
            json!({"id": 1, "ok": true, "errors": [],
                "metrics": [{"name": "s0-x", "targetType": "AverageValue", "target": "1k"}]})
        );
    }

    #[test]
    fn a_polls_line_says_null_where_activity_is_not_known() {
        let answer = Answer {
            id: Some(Value::Null),
            errors: vec![WrongParameter::new("", "none is right")],
            polled: Some(Polled::default()),
            ..Answer::default()
        };
        assert_eq!(
            serde_json::to_value(&answer).unwrap(),
            json!({"id": null, "ok": false, "active": null, "metrics": [],
                "errors": [{"param": "", "message": "none is right"}]})
        );
    }
}
