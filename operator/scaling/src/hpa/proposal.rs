use serde::{Deserialize, Serialize};

use crate::Milli;
use crate::input::{Failure, Replicas, ResourceUsage};
use crate::spec::DEFAULT_TOLERANCE;

/// A metric with its target.
#[derive(Debug, Clone, PartialEq)]
pub struct HorizontalMetric {
    /// Its name.
    pub name: String,
    /// What is aimed at, above zero.
    pub target: HorizontalTarget,
    /// What there is, or why that is not known.
    pub value: Result<HorizontalValue, Failure>,
}

/// What is aimed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HorizontalTarget {
    /// So much a replica.
    AverageValue(Milli),
    /// So much in all.
    Value(Milli),
    /// Percent of what is requested.
    Utilization(u32),
}

/// What there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HorizontalValue {
    /// An external metric.
    External(Milli),
    /// Use of cpu or memory.
    Resource(ResourceUsage),
}

/// What one metric alone would have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    /// The metric.
    pub metric: String,
    /// Replicas it calls for; `None` when it is not known.
    pub replicas: Option<u32>,
    /// Usage divided by target; 1 is just right.
    pub ratio: Option<f64>,
    /// Why, for people.
    pub why: String,
}

/// How far from 1 a ratio may be without a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tolerance {
    pub(super) up: f64,
    pub(super) down: f64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self {
            up: DEFAULT_TOLERANCE,
            down: DEFAULT_TOLERANCE,
        }
    }
}

impl Tolerance {
    fn allows(self, ratio: f64) -> bool {
        (1.0 - self.down) <= ratio && ratio <= (1.0 + self.up)
    }
}

#[allow(clippy::cast_precision_loss)]
impl HorizontalMetric {
    /// Milli-values are divided as floats of thousandths, as Kubernetes does.
    pub(super) fn propose(&self, replicas: Replicas, tolerance: Tolerance) -> Proposal {
        let value = match &self.value {
            Ok(value) => *value,
            Err(failure) => return self.unknown(failure.to_string()),
        };
        match (self.target, value) {
            (HorizontalTarget::AverageValue(target), HorizontalValue::External(value)) => {
                // How many exist decides whether the change is worth making, not how many.
                let existing = replicas.observed.unwrap_or(replicas.wanted);
                let ratio = value.0 as f64 / (target.0 as f64 * f64::from(existing));
                let call = value.0 as f64 / target.0 as f64;
                // 0/0 is within tolerance for Kubernetes too: nothing exists, nothing is asked.
                if ratio.is_nan() || tolerance.allows(ratio) {
                    return self.keep(existing, ratio);
                }
                self.call(call, ratio, format!("{value} at {target} a replica"))
            }
            (HorizontalTarget::Value(target), HorizontalValue::External(value)) => {
                let ratio = value.0 as f64 / target.0 as f64;
                if tolerance.allows(ratio) {
                    return self.keep(replicas.wanted, ratio);
                }
                let ready = replicas.ready.unwrap_or(replicas.wanted);
                let why = format!("{value} of {target} with {ready} ready");
                self.call(ratio * f64::from(ready), ratio, why)
            }
            (target, HorizontalValue::Resource(usage)) => {
                let (used, wanted) = match target {
                    HorizontalTarget::Utilization(percent) if usage.requested.0 > 0 => {
                        let used = usage.total.0.saturating_mul(100) / usage.requested.0;
                        (used, i64::from(percent))
                    }
                    HorizontalTarget::AverageValue(target) if usage.replicas > 0 => {
                        (usage.total.0 / i64::from(usage.replicas), target.0)
                    }
                    _ => return self.unknown("nothing was measured".into()),
                };
                let ratio = used as f64 / wanted as f64;
                if tolerance.allows(ratio) {
                    return self.keep(replicas.wanted, ratio);
                }
                let why = format!("usage is {ratio:.2} of its target");
                self.call(ratio * f64::from(usage.replicas), ratio, why)
            }
            (HorizontalTarget::Utilization(_), HorizontalValue::External(_)) => {
                self.unknown("an external metric has no utilization".into())
            }
        }
    }

    fn keep(&self, replicas: u32, ratio: f64) -> Proposal {
        Proposal {
            metric: self.name.clone(),
            replicas: Some(replicas),
            ratio: Some(ratio).filter(|r| r.is_finite()),
            why: "within tolerance of the target".into(),
        }
    }

    fn call(&self, call: f64, ratio: f64, why: String) -> Proposal {
        if call.is_nan() {
            return self.unknown("usage and target give no number".into());
        }
        // `as` saturates: below 0 there is 0, above the range its end.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let replicas = call.ceil() as u32;
        Proposal {
            metric: self.name.clone(),
            replicas: Some(replicas),
            ratio: Some(ratio).filter(|r| r.is_finite()),
            why,
        }
    }

    fn unknown(&self, why: String) -> Proposal {
        Proposal {
            metric: self.name.clone(),
            replicas: None,
            ratio: None,
            why,
        }
    }
}
