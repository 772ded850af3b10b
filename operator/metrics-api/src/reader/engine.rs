use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use operator_engine::port::{Clock, SystemClock};
use operator_engine::{Engine, ObjectKey, Snapshot};
use operator_scaling::{COMPOSITE_METRIC, MetricValue, quantity};

use super::{MetricItem, MetricReader, ReadError};

/// Answers with what the engine knows, which asks the sources when that is old.
pub struct EngineReader {
    /// The engine.
    pub engine: Arc<Engine>,
}

impl MetricReader for EngineReader {
    fn read<'a>(
        &'a self,
        namespace: &'a str,
        scaled_object: &'a str,
        metric: &'a str,
    ) -> BoxFuture<'a, Result<Vec<MetricItem>, ReadError>> {
        async move {
            let key = ObjectKey::new(namespace, scaled_object);
            let values = self.engine.query(&key).await;
            let values = values.map_err(|error| ReadError::NoObject(error.to_string()))?;
            let snapshot = self.engine.snapshot(&key);
            let measured_at = snapshot.as_ref().and_then(|s| s.measured_at);
            let measured_at = measured_at.unwrap_or_else(|| SystemClock.now());
            pick(&values, metric, measured_at.0).map_err(|error| {
                // A trigger that failed as a whole has no metrics, and that is why.
                let failure = snapshot.and_then(|s| trigger_failure(&s, metric));
                match failure {
                    Some(text) if matches!(error, ReadError::NoMetric(_)) => ReadError::Unknown {
                        metric: metric.into(),
                        text,
                    },
                    _ => error,
                }
            })
        }
        .boxed()
    }
}

/// Why the trigger has no metrics that a metric named `s<index>-...` would be one of.
fn trigger_failure(snapshot: &Snapshot, metric: &str) -> Option<String> {
    let (index, _) = metric.strip_prefix(['s', 'S'])?.split_once('-')?;
    let index: u32 = index.parse().ok()?;
    let trigger = snapshot.triggers.iter().find(|t| t.index == index)?;
    Some(trigger.failure.as_ref()?.message.clone())
}

/// The values of the metric asked for. An object with a formula has one metric only, which is the
/// answer whatever is asked for.
fn pick(
    values: &[MetricValue],
    asked: &str,
    measured_at: u64,
) -> Result<Vec<MetricItem>, ReadError> {
    // Kubernetes lower-cases metric names on some ways; the objects keep the user's spelling.
    let asked_for = |v: &&MetricValue| {
        v.name == COMPOSITE_METRIC || v.name.to_lowercase() == asked.to_lowercase()
    };
    let mut items = Vec::new();
    for found in values.iter().filter(asked_for) {
        let value = found.value.as_ref().map_err(|failure| ReadError::Unknown {
            metric: asked.into(),
            text: failure.message.clone(),
        })?;
        let value = match (found.fallback, found.name.as_str()) {
            (true, _) => quantity::milli(*value),
            (false, COMPOSITE_METRIC) => quantity::exponent(*value),
            (false, _) => quantity::measured(*value),
        };
        items.push(MetricItem {
            name: found.name.clone(),
            value,
            measured_at,
        });
    }
    match items.is_empty() {
        true => Err(ReadError::NoMetric(asked.into())),
        false => Ok(items),
    }
}

#[cfg(test)]
mod tests {
    use operator_scaling::{Failure, Milli};

    use super::*;

    fn value(name: &str, milli: i64) -> MetricValue {
        MetricValue {
            name: name.into(),
            value: Ok(Milli(milli)),
            fallback: false,
        }
    }

    fn texts(values: &[MetricValue], asked: &str) -> Vec<(String, String)> {
        let items = pick(values, asked, 0).unwrap();
        items.into_iter().map(|i| (i.name, i.value)).collect()
    }

    #[test]
    fn the_metric_is_found_whatever_its_case_and_keeps_its_own_spelling() {
        let values = [value("s0-redis-List", 12345), value("s1-other", 1000)];
        let wanted = [("s0-redis-List".to_string(), "12.345".to_string())];
        assert_eq!(texts(&values, "S0-REDIS-list"), wanted);
    }

    #[test]
    fn a_formulas_metric_is_the_answer_whatever_is_asked_and_has_an_exponent() {
        let values = [value(COMPOSITE_METRIC, 2500)];
        let wanted = [(COMPOSITE_METRIC.to_string(), "2500e-3".to_string())];
        assert_eq!(texts(&values, "s0-a"), wanted);
    }

    #[test]
    fn a_fallback_is_canonical() {
        let mut fallback = value("s0-a", 2500);
        fallback.fallback = true;
        assert_eq!(texts(&[fallback], "s0-a")[0].1, "2500m");
    }

    #[test]
    fn an_unknown_value_is_an_error_with_its_reason() {
        let unknown = MetricValue {
            name: "s0-a".into(),
            value: Err(Failure::new("Refused", "connection refused")),
            fallback: false,
        };
        let error = pick(&[unknown], "s0-a", 0).unwrap_err();
        let text = "metric:s0-a encountered error: connection refused";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn another_metrics_failure_does_not_matter() {
        let unknown = MetricValue {
            name: "s1-b".into(),
            value: Err(Failure::new("Refused", "connection refused")),
            fallback: false,
        };
        assert_eq!(texts(&[unknown, value("s0-a", 0)], "s0-a")[0].1, "0");
    }

    #[test]
    fn a_metric_that_the_object_has_not_is_an_error() {
        let error = pick(&[value("s0-a", 0)], "s0-b", 0).unwrap_err();
        assert_eq!(error.to_string(), "no matching metrics found for s0-b");
    }
}
