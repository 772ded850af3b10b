//! Objects as users write them to specifications as the engine takes them.

use std::time::Duration;

use k8s_openapi::api::autoscaling::v2::{HPAScalingRules, HorizontalPodAutoscalerBehavior};
use operator_api::{FallbackBehavior, ModifierMetricType, ScaleTrigger, ScaledObject};
use operator_scaling::spec::{
    self, Behavior, Fallback, Modifiers, Pause, Policy, PolicyKind, Rules, ScalingSpec,
    SelectPolicy,
};
use runtime_types::MetricType;

/// Why an object cannot be run as it is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecificationError {
    /// A metric type that no external metric has.
    #[error("metricType `{text}` of trigger {index} must be AverageValue or Value")]
    MetricType {
        /// The trigger's position.
        index: u32,
        /// As written.
        text: String,
    },
    /// A behaviour that an API server would refuse.
    #[error("horizontalPodAutoscalerConfig.behavior.{0}")]
    Behavior(String),
}

impl SpecificationError {
    /// Fixed PascalCase word for conditions and events.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::MetricType { .. } => "InvalidMetricType",
            Self::Behavior(_) => "InvalidBehavior",
        }
    }
}

/// How the object is to be scaled: its fields and annotations, with KEDA's defaults.
///
/// # Errors
/// When its behaviour is one that an API server would refuse.
pub fn scaling_spec(object: &ScaledObject) -> Result<ScalingSpec, SpecificationError> {
    let from = &object.spec;
    let defaults = ScalingSpec::default();
    let annotations = object.metadata.annotations.iter().flatten();
    let advanced = from.advanced.as_ref();
    let behavior = advanced
        .and_then(|a| {
            a.horizontal_pod_autoscaler_config
                .as_ref()?
                .behavior
                .as_ref()
        })
        .map(behavior)
        .transpose()?;
    Ok(ScalingSpec {
        min_replicas: from.min_replica_count.map(count),
        max_replicas: from.max_replica_count.map(count),
        idle_replicas: from.idle_replica_count.map(count),
        polling_interval: from
            .polling_interval
            .map_or(defaults.polling_interval, seconds),
        cooldown: from.cooldown_period.map_or(defaults.cooldown, seconds),
        initial_cooldown: from
            .initial_cooldown_period
            .map_or(defaults.initial_cooldown, seconds),
        fallback: from.fallback.as_ref().map(|fallback| Fallback {
            failure_threshold: count(fallback.failure_threshold),
            replicas: count(fallback.replicas),
            behavior: match fallback.behavior {
                FallbackBehavior::Static => spec::FallbackBehavior::Static,
                FallbackBehavior::CurrentReplicas => spec::FallbackBehavior::CurrentReplicas,
                FallbackBehavior::CurrentReplicasIfHigher => {
                    spec::FallbackBehavior::CurrentReplicasIfHigher
                }
                FallbackBehavior::CurrentReplicasIfLower => {
                    spec::FallbackBehavior::CurrentReplicasIfLower
                }
                FallbackBehavior::ScalingModifiers => spec::FallbackBehavior::ScalingModifiers,
            },
        }),
        modifiers: from.modifiers().map(|modifiers| Modifiers {
            formula: modifiers.formula.clone().unwrap_or_default(),
            target: modifiers.target.clone().unwrap_or_default(),
            activation_target: modifiers.activation_target.clone().unwrap_or_default(),
            metric_type: match modifiers.metric_type.unwrap_or_default() {
                ModifierMetricType::AverageValue => MetricType::AverageValue,
                ModifierMetricType::Value => MetricType::Value,
            },
        }),
        behavior,
        pause: Pause::from_annotations(annotations.map(|(k, v)| (k.as_str(), v.as_str()))),
    })
}

/// What a trigger's value is compared with.
///
/// # Errors
/// When it is neither `AverageValue` nor `Value`.
pub fn metric_type(index: u32, trigger: &ScaleTrigger) -> Result<MetricType, SpecificationError> {
    match trigger.metric_type.as_deref() {
        None | Some("" | "AverageValue") => Ok(MetricType::AverageValue),
        Some("Value") => Ok(MetricType::Value),
        Some(text) => Err(SpecificationError::MetricType {
            index,
            text: text.to_string(),
        }),
    }
}

/// The schema admits nothing below zero.
fn count(n: i32) -> u32 {
    u32::try_from(n).unwrap_or(0)
}

fn seconds(n: i32) -> Duration {
    Duration::from_secs(count(n).into())
}

fn behavior(from: &HorizontalPodAutoscalerBehavior) -> Result<Behavior, SpecificationError> {
    let rules = |direction: &str, rules: &Option<HPAScalingRules>| {
        rules
            .as_ref()
            .map_or(Ok(Rules::default()), |r| self::rules(direction, r))
    };
    Ok(Behavior {
        scale_up: rules("scaleUp", &from.scale_up)?,
        scale_down: rules("scaleDown", &from.scale_down)?,
    })
}

/// With the bounds of the API server, which the generated type does not carry.
fn rules(direction: &str, from: &HPAScalingRules) -> Result<Rules, SpecificationError> {
    let bad = |text: String| SpecificationError::Behavior(format!("{direction}.{text}"));
    let window = from.stabilization_window_seconds;
    if let Some(seconds) = window.filter(|n| !(0..=3600).contains(n)) {
        return Err(bad(format!(
            "stabilizationWindowSeconds: {seconds} must be 0 to 3600"
        )));
    }
    let mut policies = Vec::new();
    for (at, policy) in from.policies.iter().flatten().enumerate() {
        let kind = match policy.type_.as_str() {
            "Pods" => PolicyKind::Pods,
            "Percent" => PolicyKind::Percent,
            text => {
                return Err(bad(format!(
                    "policies[{at}].type: `{text}` must be Pods or Percent"
                )));
            }
        };
        if policy.value < 1 {
            return Err(bad(format!(
                "policies[{at}].value: {} must be at least 1",
                policy.value
            )));
        }
        if !(1..=1800).contains(&policy.period_seconds) {
            let seconds = policy.period_seconds;
            return Err(bad(format!(
                "policies[{at}].periodSeconds: {seconds} must be 1 to 1800"
            )));
        }
        let (value, period_seconds) = (count(policy.value), count(policy.period_seconds));
        policies.push(Policy {
            kind,
            value,
            period_seconds,
        });
    }
    Ok(Rules {
        stabilization_window_seconds: window.map(count),
        policies,
        select_policy: match from.select_policy.as_deref() {
            None | Some("" | "Max") => SelectPolicy::Max,
            Some("Min") => SelectPolicy::Min,
            Some("Disabled") => SelectPolicy::Disabled,
            Some(text) => {
                return Err(bad(format!(
                    "selectPolicy: `{text}` must be Max, Min or Disabled"
                )));
            }
        },
        tolerance: match &from.tolerance {
            None => None,
            Some(quantity) => Some(tolerance(&quantity.0).ok_or_else(|| {
                bad(format!(
                    "tolerance: `{}` must be a quantity such as 0.05 or 50m",
                    quantity.0
                ))
            })?),
        },
    })
}

/// A quantity, as far as one makes sense here: a plain number, or thousandths.
fn tolerance(text: &str) -> Option<f64> {
    let (digits, unit) = text
        .strip_suffix('m')
        .map_or((text, 1.0), |digits| (digits, 1000.0));
    let number = digits.parse::<f64>().ok()? / unit;
    (number.is_finite() && number >= 0.0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn object(spec: &str) -> ScaledObject {
        let text = format!(
            "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {{name: a, annotations: {{autoscaling.keda.sh/paused-scale-in: 'true'}}}}\n\
             spec: {{scaleTargetRef: {{name: w}}, triggers: [{{type: redis, metadata: {{}}}}], {spec}}}\n"
        );
        let loaded = operator_api::manifest::read(Path::new("x"), text.as_bytes());
        match loaded.documents.into_iter().next().map(|d| d.object) {
            Some(operator_api::Object::ScaledObject(object)) => *object,
            _ => panic!("{:?}", loaded.findings),
        }
    }

    #[test]
    fn what_is_left_out_has_kedas_defaults() {
        let spec = scaling_spec(&object("")).unwrap();
        let pause = Pause {
            scale_in: true,
            ..Pause::default()
        };
        assert_eq!(
            spec,
            ScalingSpec {
                pause,
                ..ScalingSpec::default()
            }
        );
    }

    #[test]
    fn a_behaviour_is_carried_over() {
        let spec = scaling_spec(&object(
            "pollingInterval: 1, cooldownPeriod: 2, advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: \
             {stabilizationWindowSeconds: 0, selectPolicy: Min, tolerance: 50m, policies: [{type: Pods, value: 4, periodSeconds: 15}]}}}}",
        ))
        .unwrap();
        assert_eq!(spec.polling_interval, Duration::from_secs(1));
        let down = spec.behavior.unwrap().scale_down;
        assert_eq!(down.stabilization_window_seconds, Some(0));
        assert_eq!(down.select_policy, SelectPolicy::Min);
        assert_eq!(down.tolerance, Some(0.05));
        let policy = Policy {
            kind: PolicyKind::Pods,
            value: 4,
            period_seconds: 15,
        };
        assert_eq!(down.policies, [policy]);
    }

    #[test]
    fn a_behaviour_beyond_the_bounds_of_clusters_is_refused_by_its_field() {
        for (rules, text) in [
            (
                "selectPolicy: Any",
                "selectPolicy: `Any` must be Max, Min or Disabled",
            ),
            (
                "tolerance: x",
                "tolerance: `x` must be a quantity such as 0.05 or 50m",
            ),
            (
                "policies: [{type: All, value: 1, periodSeconds: 1}]",
                "policies[0].type: `All` must be Pods or Percent",
            ),
        ] {
            let spec = format!(
                "advanced: {{horizontalPodAutoscalerConfig: {{behavior: {{scaleUp: {{{rules}}}}}}}}}"
            );
            let error = scaling_spec(&object(&spec)).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("horizontalPodAutoscalerConfig.behavior.scaleUp.{text}")
            );
        }
        // Files are refused for it before, as clusters refuse it: by the schema.
        let mut beyond = object(
            "advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleUp: {stabilizationWindowSeconds: 3600}}}}",
        );
        scaling_spec(&beyond).unwrap();
        let advanced = beyond.spec.advanced.as_mut().unwrap();
        let config = advanced.horizontal_pod_autoscaler_config.as_mut().unwrap();
        let up = config.behavior.as_mut().unwrap().scale_up.as_mut().unwrap();
        up.stabilization_window_seconds = Some(3601);
        assert_eq!(
            scaling_spec(&beyond).unwrap_err().to_string(),
            "horizontalPodAutoscalerConfig.behavior.scaleUp.stabilizationWindowSeconds: 3601 must be 0 to 3600"
        );
    }
}
