use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use operator_api::{ConditionStatus, ScaledObjectStatus};
use operator_engine::port::{StateStore, StoreError};
use operator_scaling::{Health, Millis, State};

/// The status is where an object's state outlives the process: read when the object is first seen,
/// and written by the status writer like the rest of it.
#[derive(Debug, Default)]
pub(crate) struct StatusStore {
    found: Mutex<HashMap<String, State>>,
}

impl StatusStore {
    /// Notes the state of an object that is about to be given to the engine.
    pub(crate) fn found(&self, uid: &str, status: &ScaledObjectStatus, slack: Duration) {
        self.lock().insert(uid.to_string(), state(status, slack));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, State>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state that a status tells of. `slack` is how much later the last activity may have been.
fn state(status: &ScaledObjectStatus, slack: Duration) -> State {
    let condition = |kind: &str| status.conditions.iter().find(|c| c.kind == kind);
    let is = |kind: &str| condition(kind).is_some_and(|c| c.status == ConditionStatus::True);
    let active = condition("Active").and_then(|c| match c.status {
        ConditionStatus::True => Some(true),
        ConditionStatus::False => Some(false),
        ConditionStatus::Unknown => None,
    });
    let last_active = status.last_active_time.as_ref().and_then(|time| {
        let millis = u64::try_from(time.0.as_millisecond()).ok()?;
        // One that was not active any more was written down exactly.
        let slack = if active == Some(false) {
            Duration::ZERO
        } else {
            slack
        };
        let slack = u64::try_from(slack.as_millis()).unwrap_or(u64::MAX);
        Some(Millis(millis.saturating_add(slack)))
    });
    let health: BTreeMap<_, _> = status
        .health
        .iter()
        .map(|(name, health)| {
            let failures = health.number_of_failures.unwrap_or(0);
            let failures = u32::try_from(failures).unwrap_or(0);
            (name.clone(), Health { failures })
        })
        .collect();
    State {
        last_active,
        active,
        health,
        falling_back: is("Fallback"),
        paused: is("Paused"),
        paused_replicas: status
            .paused_replica_count
            .and_then(|n| u32::try_from(n).ok()),
        ..State::default()
    }
}

impl StateStore for StatusStore {
    fn load<'a>(&'a self, uid: &'a str) -> BoxFuture<'a, Result<Option<State>, StoreError>> {
        // Once: afterwards the engine knows better.
        let state = self.lock().remove(uid);
        Box::pin(std::future::ready(Ok(state)))
    }

    fn save<'a>(
        &'a self,
        _uid: &'a str,
        _state: &'a State,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        // It is in the snapshot, from which the status is written.
        Box::pin(std::future::ready(Ok(())))
    }

    fn forget<'a>(&'a self, uid: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        self.lock().remove(uid);
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(status: serde_json::Value) -> State {
        let status = serde_json::from_value(status).unwrap();
        state(&status, Duration::from_secs(30))
    }

    #[test]
    fn an_active_object_may_have_been_active_later_than_is_written() {
        let mut status = json!({
            "lastActiveTime": "1970-01-01T00:01:00Z",
            "conditions": [{"type": "Active", "status": "True"}],
        });
        assert_eq!(of(status.clone()).last_active, Some(Millis(90_000)));
        status["conditions"][0]["status"] = "False".into();
        assert_eq!(of(status).last_active, Some(Millis(60_000)));
    }

    #[test]
    fn failures_and_pauses_are_remembered() {
        let state = of(json!({
            "health": {"s0-x": {"numberOfFailures": 2, "status": "Failing"}},
            "pausedReplicaCount": 4,
            "conditions": [{"type": "Paused", "status": "True"}, {"type": "Fallback", "status": "True"}],
        }));
        assert_eq!(state.health["s0-x"].failures, 2);
        assert_eq!(state.paused_replicas, Some(4));
        assert!(state.paused && state.falling_back && state.last_active.is_none());
    }
}
