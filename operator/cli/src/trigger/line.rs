//! A line of `--stdin`. Read by hand: a deserialiser's errors quote what they stumble over, which
//! may be a secret.

use std::collections::BTreeMap;

use operator_api::nearest;
use runtime_types::{PodIdentity, Trigger};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::request::{Request, identity};

const FIELDS: [&str; 11] = [
    "id",
    "type",
    "name",
    "metadata",
    "authParams",
    "resolvedEnv",
    "podIdentity",
    "triggerIndex",
    "metricType",
    "asMetricSource",
    "namespace",
];

/// A line that is no trigger.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BadLine {
    /// The line's `id`, as far as one was found.
    pub(super) id: Value,
    /// The field; empty when the line as a whole is wrong.
    pub(super) field: String,
    pub(super) message: String,
}

/// The line's `id`, verbatim, and its trigger. Left out and `null` are the same for each field.
pub(super) fn read(line: &[u8]) -> Result<(Value, Request), BadLine> {
    let bad = |id: &Value, field: &str, message: String| BadLine {
        id: id.clone(),
        field: field.to_string(),
        message,
    };
    let value: Value = serde_json::from_slice(line).map_err(|e| {
        let message = match e.classify() {
            _ if line.trim_ascii().is_empty() => "the line is empty, not a JSON object".into(),
            serde_json::error::Category::Eof => {
                format!("not JSON: it ends too early, at column {}", e.column())
            }
            _ => format!("not JSON at column {}", e.column()),
        };
        bad(&Value::Null, "", message)
    })?;
    let Value::Object(mut object) = value else {
        let message = format!("the line is {}, not a JSON object", kind(&value));
        return Err(bad(&Value::Null, "", message));
    };
    let id = object.remove("id").unwrap_or_default();
    let request = fields(object).map_err(|(field, message)| bad(&id, &field, message))?;
    Ok((id, request))
}

/// The field that is wrong, and how.
type Wrong = (String, String);

fn fields(mut object: Map<String, Value>) -> Result<Request, Wrong> {
    let notices = unknown_fields(&object);
    let mut take = |field: &'static str| Field(field, object.remove(field).unwrap_or_default());
    let trigger_type = take("type").text()?;
    if trigger_type.is_empty() {
        return Err(("type".into(), "type is missing".into()));
    }
    let secret = |values: BTreeMap<String, String>| {
        let pairs = values.into_iter();
        pairs.map(|(k, v)| (k, SecretString::from(v))).collect()
    };
    Ok(Request {
        trigger: Trigger {
            trigger_type,
            name: take("name").text()?,
            index: take("triggerIndex").index()?,
            namespace: take("namespace").text()?,
            object: String::new(),
            metadata: take("metadata").texts()?,
            auth_params: secret(take("authParams").texts()?),
            resolved_env: secret(take("resolvedEnv").texts()?),
            as_metric_source: take("asMetricSource").truth()?,
            identity: take("podIdentity").identity()?,
        },
        metric_type: take("metricType").text()?,
        notices,
    })
}

fn unknown_fields(object: &Map<String, Value>) -> Vec<String> {
    let known: Vec<String> = FIELDS.iter().map(ToString::to_string).collect();
    let unknown = object.keys().filter(|key| !known.contains(key));
    unknown
        .map(|key| {
            let meant = nearest(key, known.iter().map(String::as_str));
            let meant = meant.map_or_else(String::new, |name| format!(", did you mean {name:?}?"));
            format!("the field {key:?} is ignored{meant}")
        })
        .collect()
}

struct Field(&'static str, Value);

impl Field {
    fn wrong<T>(&self, wanted: &str) -> Result<T, Wrong> {
        wrong(self.0, &self.1, wanted)
    }

    fn text(self) -> Result<String, Wrong> {
        match self.1 {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(text),
            _ => self.wrong("a string"),
        }
    }

    fn texts(self) -> Result<BTreeMap<String, String>, Wrong> {
        match self.1 {
            Value::Null => Ok(BTreeMap::new()),
            Value::Object(object) => {
                let pairs = object.into_iter().map(|(key, value)| match value {
                    Value::String(text) => Ok((key, text)),
                    other => wrong(&format!("{}.{key}", self.0), &other, "a string"),
                });
                pairs.collect()
            }
            _ => self.wrong("an object of strings"),
        }
    }

    fn truth(self) -> Result<bool, Wrong> {
        match self.1 {
            Value::Null => Ok(false),
            Value::Bool(truth) => Ok(truth),
            _ => self.wrong("true or false"),
        }
    }

    fn index(self) -> Result<u32, Wrong> {
        let index = match &self.1 {
            Value::Null => Some(0),
            Value::Number(n) => n.as_u64().and_then(|n| u32::try_from(n).ok()),
            _ => None,
        };
        index.map_or_else(|| self.wrong("a whole number from 0"), Ok)
    }

    /// The provider alone, or all that a trigger can be told of an identity.
    fn identity(self) -> Result<Option<PodIdentity>, Wrong> {
        match &self.1 {
            Value::Null => Ok(None),
            Value::String(provider) => Ok(identity(provider)),
            // Its error is not shown: it would quote the value.
            Value::Object(_) => match PodIdentity::deserialize(&self.1) {
                Ok(found) if identity(&found.provider).is_some() => Ok(Some(found)),
                Ok(_) => Ok(None),
                Err(_) => self.wrong("a provider's name, or an object with strings and a provider"),
            },
            _ => self.wrong("a provider's name or an object"),
        }
    }
}

fn wrong<T>(field: &str, value: &Value, wanted: &str) -> Result<T, Wrong> {
    let message = format!("{field} is {}, not {wanted}", kind(value));
    Err((field.to_string(), message))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;

    fn bad(line: &str) -> BadLine {
        read(line.as_bytes()).unwrap_err()
    }

    #[test]
    fn every_field_arrives() {
        let line = json!({
            "id": {"any": [1]}, "type": "redis", "metadata": {"listName": "q"},
            "authParams": {"password": "p"}, "resolvedEnv": {"A": "b"}, "podIdentity": "aws",
            "triggerIndex": 3, "metricType": "Value", "asMetricSource": true, "namespace": "shop",
        });
        let (id, request) = read(line.to_string().as_bytes()).unwrap();
        assert_eq!(id, json!({"any": [1]}));
        assert_eq!(request.metric_type, "Value");
        assert!(request.notices.is_empty());
        let trigger = request.trigger;
        assert_eq!(trigger.metadata["listName"], "q");
        assert_eq!(trigger.auth_params["password"].expose_secret(), "p");
        assert_eq!(trigger.resolved_env["A"].expose_secret(), "b");
        assert_eq!(trigger.identity.unwrap().provider, "aws");
        assert_eq!((trigger.index, trigger.namespace.as_str()), (3, "shop"));
        assert!(trigger.as_metric_source);
    }

    #[test]
    fn null_is_the_same_as_left_out() {
        let line = json!({"type": "cron", "metadata": null, "podIdentity": null, "id": null,
            "triggerIndex": null, "metricType": null, "asMetricSource": null, "namespace": null});
        let (id, request) = read(line.to_string().as_bytes()).unwrap();
        assert_eq!(id, Value::Null);
        let bare = Trigger {
            trigger_type: "cron".into(),
            ..Trigger::default()
        };
        assert_eq!(request.trigger, bare);
    }

    #[test]
    fn an_identity_is_a_name_or_an_object() {
        let of = |identity: Value| {
            let line = json!({"type": "x", "podIdentity": identity}).to_string();
            read(line.as_bytes()).map(|(_, request)| request.trigger.identity)
        };
        assert_eq!(of(json!("none")).unwrap(), None);
        assert_eq!(of(json!({"provider": "none"})).unwrap(), None);
        let full = of(json!({"provider": "aws", "roleArn": "arn"})).unwrap();
        assert_eq!(full.unwrap().role_arn.as_deref(), Some("arn"));
        assert!(of(json!({"provider": 1})).is_err());
        assert!(of(json!(1)).is_err());
    }

    #[test]
    fn what_is_wrong_is_named_and_keeps_its_id() {
        let found = bad(r#"{"id":7,"type":"redis","metadata":{"listLength":10}}"#);
        assert_eq!(found.id, json!(7));
        assert_eq!(found.field, "metadata.listLength");
        assert_eq!(
            found.message,
            "metadata.listLength is a number, not a string"
        );
        assert_eq!(bad(r#"{"id":"a"}"#).message, "type is missing");
        let negative = bad(r#"{"type":"x","triggerIndex":-1}"#);
        assert_eq!(
            negative.message,
            "triggerIndex is a number, not a whole number from 0"
        );
    }

    #[test]
    fn what_is_no_json_object_says_so() {
        assert_eq!(bad("").message, "the line is empty, not a JSON object");
        assert_eq!(
            bad("[1]").message,
            "the line is an array, not a JSON object"
        );
        assert_eq!(
            bad("{\"a\":").message,
            "not JSON: it ends too early, at column 5"
        );
        assert_eq!(bad("{hunter2}").message, "not JSON at column 2");
        assert!(read(b"\xff\xfe{").is_err());
    }

    #[test]
    fn no_message_quotes_a_value() {
        for line in [
            r#"{"type":"x","authParams":"hunter2"}"#,
            r#"{"type":"x","authParams":{"password":["hunter2"]}}"#,
            r#"{"type":"x","podIdentity":{"provider":{"a":"hunter2"}}}"#,
            r#"{"type":"x","resolvedEnv":["hunter2"]}"#,
            r#"{"type":"x","authParams":{"password":"hunter2}"#,
        ] {
            assert!(!format!("{:?}", bad(line)).contains("hunter2"), "{line}");
        }
    }

    #[test]
    fn a_field_that_means_nothing_is_remarked_upon() {
        let (_, request) = read(br#"{"type":"x","authParms":{}}"#).unwrap();
        assert_eq!(
            request.notices,
            ["the field \"authParms\" is ignored, did you mean \"authParams\"?"]
        );
    }
}
