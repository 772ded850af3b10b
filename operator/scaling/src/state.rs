use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::hpa::History;

/// What one tick leaves to the next. Persist it, and a restart forgets neither a cooldown nor a
/// stabilisation window.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct State {
    /// When the target was last active.
    pub last_active: Option<Millis>,
    /// What the last poll found.
    pub active: Option<bool>,
    /// Health of each metric by its full name; kept only with a valid fallback, as in KEDA.
    pub health: BTreeMap<String, Health>,
    /// Whether the last poll used a fallback.
    pub falling_back: bool,
    /// Whether the object was paused, wholly or in one direction.
    pub paused: bool,
    /// The replicas it is paused at.
    pub paused_replicas: Option<u32>,
    /// What the built-in autoscaler remembers.
    pub history: History,
}

impl State {
    /// To be called on a state that was loaded from where it was stored: time has passed in which
    /// nobody decided.
    pub fn resume(&mut self) {
        self.history.resume();
    }
}

/// Health of one metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Failures in a row; 0: happy.
    pub failures: u32,
}

impl Health {
    /// `Happy` or `Failing`, as in KEDA's status.
    pub fn status(self) -> &'static str {
        if self.failures == 0 {
            "Happy"
        } else {
            "Failing"
        }
    }
}
