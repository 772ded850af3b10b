use operator_api::ScaleTrigger;
use operator_scaling::{Milli, ResourceTarget};

use super::ObjectError;

/// A `cpu` or `memory` trigger: the cluster's autoscaler measures it itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ResourceTrigger {
    /// `cpu` or `memory`.
    pub(super) resource: String,
    /// The container that is measured; `None`: the pod.
    pub(super) container: Option<String>,
    /// What is aimed at.
    pub(super) target: ResourceTarget,
    /// The target as written.
    pub(super) text: String,
}

/// Reads a trigger of type `cpu` or `memory`; `None` for the others.
pub(super) fn resource(
    index: usize,
    trigger: &ScaleTrigger,
) -> Result<Option<ResourceTrigger>, ObjectError> {
    if !matches!(trigger.trigger_type.as_str(), "cpu" | "memory") {
        return Ok(None);
    }
    let fault = |text: String| {
        ObjectError::Triggers(format!(
            "trigger {index} of type {}: {text}",
            trigger.trigger_type
        ))
    };
    let given = |key: &str| trigger.metadata.get(key).filter(|text| !text.is_empty());
    if given("type").is_some() {
        let text =
            "the 'type' setting is DEPRECATED and is removed in v2.18 - Use 'metricType' instead.";
        return Err(fault(text.to_string()));
    }
    let value = given("value").ok_or_else(|| fault("metadata value is missing".into()))?;
    let target = match trigger.metric_type.as_deref().unwrap_or_default() {
        "Utilization" => {
            let percent = value
                .parse::<i32>()
                .ok()
                .and_then(|n| u32::try_from(n).ok());
            let percent = percent.ok_or_else(|| {
                fault(format!("value `{value}` must be a whole number of percent"))
            })?;
            ResourceTarget::Utilization(percent)
        }
        "AverageValue" => {
            let amount = quantity(value).ok_or_else(|| {
                fault(format!(
                    "value `{value}` must be a quantity such as 500m or 1Gi"
                ))
            })?;
            ResourceTarget::AverageValue(amount)
        }
        other => {
            return Err(fault(format!(
                "unknown metric type: {other:?}, allowed values are 'Utilization' or 'AverageValue'"
            )));
        }
    };
    Ok(Some(ResourceTrigger {
        resource: trigger.trigger_type.clone(),
        container: given("containerName").cloned(),
        target,
        text: value.clone(),
    }))
}

/// A Kubernetes quantity above zero, in thousandths.
fn quantity(text: &str) -> Option<Milli> {
    Milli::cut(amount(text)?).filter(|milli| milli.0 > 0)
}

/// The amount that a Kubernetes quantity stands for.
pub(super) fn amount(text: &str) -> Option<f64> {
    let split = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-'));
    let (digits, unit) = text.split_at(split.unwrap_or(text.len()));
    let factor = match unit {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024f64.powi(2),
        "Gi" => 1024f64.powi(3),
        "Ti" => 1024f64.powi(4),
        "Pi" => 1024f64.powi(5),
        "Ei" => 1024f64.powi(6),
        exponent => {
            let power = exponent.strip_prefix(['e', 'E'])?.parse::<i32>().ok()?;
            10f64.powi(power)
        }
    };
    Some(digits.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trigger(metric_type: &str, metadata: &[(&str, &str)]) -> ScaleTrigger {
        let metadata = metadata.iter().map(|(k, v)| (k.to_string(), v.to_string()));
        ScaleTrigger {
            trigger_type: "cpu".into(),
            metric_type: Some(metric_type.into()),
            metadata: metadata.collect(),
            ..ScaleTrigger::default()
        }
    }

    #[test]
    fn targets_are_percent_or_amounts() {
        let percent = resource(0, &trigger("Utilization", &[("value", "60")])).unwrap();
        assert_eq!(percent.unwrap().target, ResourceTarget::Utilization(60));
        for (text, milli) in [
            ("500m", 500),
            ("2", 2000),
            ("1Ki", 1_024_000),
            ("1e2", 100_000),
        ] {
            let amount = resource(0, &trigger("AverageValue", &[("value", text)])).unwrap();
            let target = ResourceTarget::AverageValue(Milli(milli));
            assert_eq!(amount.unwrap().target, target, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (metric_type, metadata, part) in [
            ("", &[("value", "60")][..], "unknown metric type"),
            ("Value", &[("value", "60")], "unknown metric type"),
            ("Utilization", &[], "value is missing"),
            (
                "Utilization",
                &[("value", "60%")],
                "`60%` must be a whole number",
            ),
            (
                "AverageValue",
                &[("value", "much")],
                "`much` must be a quantity",
            ),
            (
                "Utilization",
                &[("value", "60"), ("type", "Utilization")],
                "DEPRECATED",
            ),
        ] {
            let error = resource(3, &trigger(metric_type, metadata))
                .unwrap_err()
                .to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
