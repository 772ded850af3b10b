use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The autoscaler's `behavior`. An object without one gets Kubernetes' limits for that case (at
/// most doubling, at least to 4), which are not the default rules of a behaviour that leaves
/// them out (at most doubling or 4 more in 15 s).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Behavior {
    /// Rules for adding replicas.
    pub scale_up: Rules,
    /// Rules for removing replicas.
    pub scale_down: Rules,
}

/// Rules for one direction; what is left out has Kubernetes' defaults.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rules {
    /// Seconds; up: the lowest, down: the highest recommendation in it counts. Default 0 and 300.
    pub stabilization_window_seconds: Option<u32>,
    /// How fast; default: up 4 pods or 100 % in 15 s, down 100 % in 15 s. Empty counts as left out.
    pub policies: Vec<Policy>,
    /// Which of the policies counts.
    pub select_policy: SelectPolicy,
    /// A ratio of usage to target within 1 ± this is left alone. Default 0.1.
    pub tolerance: Option<f64>,
}

/// How fast replicas may be added or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// What `value` counts.
    #[serde(rename = "type")]
    pub kind: PolicyKind,
    /// At most so many (or so many percent) in `period_seconds`.
    pub value: u32,
    /// The period, 1 to 1800.
    pub period_seconds: u32,
}

/// What a policy's value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PolicyKind {
    /// Replicas.
    Pods,
    /// Percent of the replicas at the period's start.
    Percent,
}

/// Which of several policies counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SelectPolicy {
    /// The one that allows the greatest change.
    #[default]
    Max,
    /// The one that allows the least change.
    Min,
    /// None: no scaling in this direction.
    Disabled,
}

/// Tolerance when the user gives none (kube-controller-manager's default).
pub(crate) const DEFAULT_TOLERANCE: f64 = 0.1;
/// Stabilisation window for removing replicas when the user gives none.
pub(crate) const DEFAULT_DOWN_WINDOW: Duration = Duration::from_secs(300);
/// Period of the default policies, and of Kubernetes' own sync.
pub(crate) const DEFAULT_PERIOD_SECONDS: u32 = 15;

impl Rules {
    pub(crate) fn window(&self, default: Duration) -> Duration {
        self.stabilization_window_seconds
            .map_or(default, |s| Duration::from_secs(s.into()))
    }

    pub(crate) fn tolerance(&self) -> f64 {
        self.tolerance.unwrap_or(DEFAULT_TOLERANCE)
    }

    pub(crate) fn policies_or(&self, default: &[Policy]) -> Vec<Policy> {
        if self.policies.is_empty() {
            default.to_vec()
        } else {
            self.policies.clone()
        }
    }
}

/// The policies of a `scaleUp` without any.
pub(crate) const DEFAULT_UP: [Policy; 2] = [
    Policy {
        kind: PolicyKind::Pods,
        value: 4,
        period_seconds: DEFAULT_PERIOD_SECONDS,
    },
    Policy {
        kind: PolicyKind::Percent,
        value: 100,
        period_seconds: DEFAULT_PERIOD_SECONDS,
    },
];

/// The policies of a `scaleDown` without any.
pub(crate) const DEFAULT_DOWN: [Policy; 1] = [Policy {
    kind: PolicyKind::Percent,
    value: 100,
    period_seconds: DEFAULT_PERIOD_SECONDS,
}];
