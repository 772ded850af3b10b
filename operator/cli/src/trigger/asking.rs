use std::sync::Arc;
use std::time::{Duration, Instant};

use operator_api::nearest;
use operator_scaling::{External, Failure, MetricInput, quantity};
use runtime_host::{Catalog, CheckError};
use runtime_types::{Checked, MetricSpec, MetricType, Number, Outcome, Source, TriggerType};

use super::answer::{Answer, Details, MetricAnswer, Polled, WrongParameter};
use super::outlook::{Outlook, outlook};
use super::request::Request;

/// KEDA's text, which its users know.
const UTILIZATION: &str = "'Utilization' metric type is unsupported for external metrics, \
    allowed values are 'Value' or 'AverageValue'";

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// The parameters alone.
    Check,
    /// The source too.
    Poll,
}

/// Asks components about triggers.
#[derive(Clone)]
pub(super) struct Asker {
    pub(super) catalog: Catalog,
    pub(super) depth: Depth,
    /// Whether answers say what differs from one time to the next.
    pub(super) detailed: bool,
}

impl Asker {
    /// What there is to say about the trigger. Always an answer, in bounded time.
    pub(super) async fn ask(&self, request: Request) -> Answer {
        let mut answer = Answer {
            notices: request.notices.clone(),
            ..Answer::default()
        };
        let checked = self.check(&request, &mut answer).await;
        if self.depth == Depth::Poll {
            answer.polled = Some(Polled::default());
        }
        if let Some(checked) = checked {
            answer.ok = true;
            answer.metrics = metrics(&request, &checked);
            if self.depth == Depth::Poll {
                self.poll(request, &checked, &mut answer).await;
            }
        }
        answer
    }

    async fn check(&self, request: &Request, answer: &mut Answer) -> Option<Checked> {
        let checked = self.catalog.check(&request.trigger).await;
        if let Err(CheckError::UnknownType(name)) = &checked {
            answer.unsupported = true;
            let message = unknown_type(&self.catalog, name);
            answer.errors.push(WrongParameter::new("type", message));
            return None;
        }
        if request.metric_type == "Utilization" {
            let error = WrongParameter::new("metricType", UTILIZATION);
            answer.errors.push(error);
        }
        if let Some(provider) = self.catalog.provider(&request.trigger.trigger_type)
            && let Some(described) = provider
                .description
                .trigger_type(&request.trigger.trigger_type)
        {
            answer
                .notices
                .extend(unknown_parameters(request, described));
        }
        match checked {
            Ok(checked) => {
                answer.notices.extend(checked.notices.iter().cloned());
                answer.errors.is_empty().then_some(checked)
            }
            Err(CheckError::Config(errors)) => {
                answer.errors.extend(errors.into_iter().map(Into::into));
                None
            }
            Err(other) => {
                let message = other.to_string();
                answer.unknown = Some(message.clone());
                answer.errors.push(WrongParameter::new("", message));
                None
            }
        }
    }

    async fn poll(&self, request: Request, checked: &Checked, answer: &mut Answer) {
        let (fixed, index) = (metric_type(&request), request.trigger.index);
        let mut open = self.catalog.open_trigger(Arc::new(request.trigger));
        let begin = Instant::now();
        let outcome = open.poll().await;
        let latency = begin.elapsed();
        let failed = |failure: Failure| External {
            metrics: inputs(checked, index, fixed, |_| Err(failure.clone())),
            failure: checked.metrics.is_empty().then(|| failure.clone()),
            ..External::default()
        };
        let external = match outcome {
            Outcome::Reading(reading) => External {
                metrics: inputs(checked, index, fixed, |spec| {
                    let sample = reading.samples.iter().find(|s| s.name == spec.name);
                    let missing = || Failure::new("Malformed", "the scaler gave no value for it");
                    sample.map_or_else(
                        || Err(missing()),
                        |sample| sample.value.clone().map_err(Into::into),
                    )
                }),
                active: reading.active,
                ..External::default()
            },
            Outcome::Unknown(unknown) => {
                answer.unknown = Some(unknown.to_string());
                failed(unknown.into())
            }
            Outcome::Config(errors) => {
                answer.ok = false;
                let failure = Failure::config(&errors);
                answer.errors.extend(errors.into_iter().map(Into::into));
                failed(failure)
            }
        };
        for (metric, input) in answer.metrics.iter_mut().zip(&external.metrics) {
            match &input.sample {
                Ok(number) => metric.value = Some(number.to_string()),
                Err(failure) => metric.unknown = Some(failure.to_string()),
            }
        }
        answer.polled = Some(self.polled(outlook(external), latency));
    }

    fn polled(&self, found: Outlook, latency: Duration) -> Polled {
        Polled {
            active: found.active,
            details: self.detailed.then(|| Details {
                // Whole microseconds: what is finer is noise.
                latency_ms: (latency.as_secs_f64() * 1e6).round() / 1e3,
                replicas: found.replicas,
                why: found.why,
            }),
        }
    }
}

/// `no scaler found for type: redsi, did you mean redis?`
pub(super) fn unknown_type(catalog: &Catalog, name: &str) -> String {
    let entries = catalog.entries();
    let types: Vec<String> = entries
        .iter()
        .flat_map(|entry| entry.description.types.iter().map(|t| t.name.clone()))
        .collect();
    let meant = nearest(name, types.iter().map(String::as_str));
    let meant = meant.map_or_else(String::new, |name| format!(", did you mean {name}?"));
    format!("no scaler found for type: {name}{meant}")
}

/// Parameters that the type does not have. KEDA ignores them silently.
fn unknown_parameters(request: &Request, described: &TriggerType) -> Vec<String> {
    let names: Vec<String> = described
        .parameters
        .iter()
        .flat_map(|p| p.names.iter().cloned())
        .collect();
    let from_env = |parameter: &str| {
        described.parameters.iter().any(|p| {
            p.sources.contains(&Source::ResolvedEnv) && p.names.iter().any(|n| n == parameter)
        })
    };
    let known = |key: &str| {
        names.iter().any(|name| name == key) || key.strip_suffix("FromEnv").is_some_and(from_env)
    };
    let trigger = &request.trigger;
    let keys = trigger.metadata.keys().chain(trigger.auth_params.keys());
    keys.filter(|key| !known(key))
        .map(|key| {
            let meant = nearest(key, names.iter().map(String::as_str));
            let meant = meant.map_or_else(String::new, |name| format!(", did you mean {name}?"));
            format!("{} has no parameter {key}{meant}", described.name)
        })
        .collect()
}

fn metrics(request: &Request, checked: &Checked) -> Vec<MetricAnswer> {
    let answer = |spec: &MetricSpec| MetricAnswer {
        name: spec.full_name(request.trigger.index),
        target_type: match (spec.fixed_type, request.metric_type.as_str()) {
            (Some(MetricType::AverageValue), _) | (None, "") => "AverageValue".into(),
            (Some(MetricType::Value), _) => "Value".into(),
            // Passed on as it is: refusing it is the API server's.
            (None, other) => other.to_string(),
        },
        target: quantity::target(spec.target),
        ..MetricAnswer::default()
    };
    checked.metrics.iter().map(answer).collect()
}

/// What the target is compared with, unless the scaler says otherwise: all that is not
/// `AverageValue` is the whole.
fn metric_type(request: &Request) -> MetricType {
    match request.metric_type.as_str() {
        "" | "AverageValue" => MetricType::AverageValue,
        _ => MetricType::Value,
    }
}

fn inputs(
    checked: &Checked,
    index: u32,
    metric_type: MetricType,
    sample: impl Fn(&MetricSpec) -> Result<Number, Failure>,
) -> Vec<MetricInput> {
    let input = |spec: &MetricSpec| MetricInput {
        full_name: spec.full_name(index),
        target: spec.target,
        metric_type: spec.fixed_type.unwrap_or(metric_type),
        activation: spec.activation,
        sample: sample(spec),
    };
    checked.metrics.iter().map(input).collect()
}
