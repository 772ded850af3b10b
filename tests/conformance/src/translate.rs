//! Calls of KEDA's internal functions that amount to asking a source: the same question, put to a
//! black box.

use serde_json::{Map, Value, json};

/// The address that stands for the source.
const SOURCE: &str = "http://stub-1.keda-fixture.test:40001";

/// The case as one that asks a source, where it amounts to that; else as it is.
pub fn to_black_box(case: &Value) -> Value {
    let translated = match case["function"].as_str() {
        Some("GetValueFromResponse") => response(case),
        Some("prometheusScaler.ExecutePromQuery") => {
            let required = [("query", "up"), ("threshold", "1")];
            receiver(case, &required)
        }
        _ => None,
    };
    translated.unwrap_or_else(|| case.clone())
}

/// `metrics-api`: a body is read. A server sends it.
fn response(case: &Value) -> Option<Value> {
    let args = &case["args"];
    let metadata = json!({
        "url": SOURCE,
        "format": args["format"].as_str()?,
        "valueLocation": args["valueLocation"].as_str()?,
        "targetValue": "1",
    });
    let body = args["body"].as_str()?;
    let stubs = json!([{"url": SOURCE, "responses": [{"status": 200, "body": body}]}]);
    Some(asking(case, metadata, stubs))
}

/// A scaler's parsed parameters are given. They are written as a user would.
fn receiver(case: &Value, required: &[(&str, &str)]) -> Option<Value> {
    if case["metadata"].is_object() {
        return None;
    }
    let mut metadata = Map::new();
    for (name, value) in required {
        metadata.insert((*name).to_string(), (*value).into());
    }
    for (field, value) in case["receiver"]["metadata"].as_object()? {
        if !field.starts_with('$') {
            metadata.insert(parameter(field), text(value)?.into());
        }
    }
    let stubs = case["http_stubs"].clone();
    Some(asking(case, Value::Object(metadata), stubs))
}

fn asking(case: &Value, metadata: Value, stubs: Value) -> Value {
    json!({
        "id": case["id"],
        "function": "scaler.GetMetricsAndActivity",
        "metadata": metadata,
        "http_stubs": stubs,
        "expect": case["expect"],
    })
}

/// Go's name of a field as that of the parameter: `ServerAddress`, `UnsafeSSL`.
fn parameter(field: &str) -> String {
    let field = field.replace("SSL", "Ssl");
    let mut letters = field.chars();
    let first = letters.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Object(pairs) => {
            let pairs = pairs.iter();
            let pairs = pairs.map(|(k, v)| Some(format!("{k}={}", v.as_str()?)));
            pairs.collect::<Option<Vec<_>>>()?.join(",")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_read_becomes_a_server_that_sends_it() {
        let case = json!({"id": "a", "function": "GetValueFromResponse", "expect": {"result": 1},
            "args": {"body": "{}", "valueLocation": "x", "format": "json"}});
        let asked = to_black_box(&case);
        assert_eq!(asked["metadata"]["valueLocation"], json!("x"));
        assert_eq!(asked["http_stubs"][0]["responses"][0]["body"], json!("{}"));
        assert_eq!(asked["expect"], json!({"result": 1}));
        assert!(crate::question::poll("metrics-api", &asked).is_ok());
    }

    #[test]
    fn parsed_parameters_are_written_as_a_user_would() {
        let case = json!({"id": "a", "function": "prometheusScaler.ExecutePromQuery",
            "receiver": {"$type": "x", "metadata": {"$type": "y", "ServerAddress": "http://h",
                "UnsafeSSL": true, "CustomHeaders": {"A": "1", "B": "2"}}},
            "http_stubs": [{"url": "http://h"}], "expect": {}});
        let asked = to_black_box(&case);
        assert_eq!(
            asked["metadata"],
            json!({"serverAddress": "http://h", "unsafeSsl": "true", "customHeaders": "A=1,B=2",
                "query": "up", "threshold": "1"})
        );
    }

    #[test]
    fn other_cases_stay_as_they_are() {
        let case = json!({"function": "x.GetMetricsAndActivity", "metadata": {"a": "b"}});
        assert_eq!(to_black_box(&case), case);
        let configured = json!({"function": "prometheusScaler.ExecutePromQuery", "metadata": {}});
        assert_eq!(to_black_box(&configured), configured);
    }
}
