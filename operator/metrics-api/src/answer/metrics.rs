use serde::Serialize;

use super::status::Empty;
use crate::reader::MetricItem;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    kind: &'static str,
    api_version: &'static str,
    metadata: Empty,
    items: Vec<Value<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Value<'a> {
    metric_name: &'a str,
    metric_labels: Option<Empty>,
    timestamp: String,
    value: &'a str,
}

/// The document for a metric's values.
pub(crate) fn metric_values(items: &[MetricItem]) -> impl Serialize {
    let items = items.iter().map(|item| Value {
        metric_name: &item.name,
        metric_labels: None,
        timestamp: seconds(item.measured_at),
        value: &item.value,
    });
    List {
        kind: "ExternalMetricValueList",
        api_version: "external.metrics.k8s.io/v1beta1",
        metadata: Empty {},
        items: items.collect(),
    }
}

/// Kubernetes' times have no fractions of seconds.
fn seconds(millis: u64) -> String {
    let seconds = i64::try_from(millis / 1000).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_keda_writes_them() {
        let item = MetricItem {
            name: "s0-redis-list".into(),
            value: "1.500".into(),
            measured_at: 1_790_000_000_999,
        };
        let text = serde_json::to_string(&metric_values(&[item])).unwrap();
        let wanted = r#"{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":[{"metricName":"s0-redis-list","metricLabels":null,"timestamp":"2026-09-21T14:13:20Z","value":"1.500"}]}"#;
        assert_eq!(text, wanted);
    }
}
