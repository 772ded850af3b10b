use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use operator_engine::ObjectKey;
use operator_engine::port::Recorder;
use operator_scaling::Event;
use tokio::time::Instant;

/// A source that stays down fails at every poll; so often is it said again.
const AGAIN: Duration = Duration::from_secs(300);

/// Warnings that are remembered. Beyond that all are forgotten, and said once more.
const REMEMBERED: usize = 1000;

/// Writes events to the log: warnings when they are new. Events without a warning are told as
/// decisions already, and are for who looks closer.
#[derive(Default)]
pub(super) struct EventLog {
    warned: Mutex<BTreeMap<(ObjectKey, String), Instant>>,
}

impl Recorder for EventLog {
    fn record(&self, key: &ObjectKey, event: &Event) {
        // The object is in the span.
        let (reason, text) = (event.reason.as_str(), event.message.as_str());
        if event.warning && self.is_new(key, text) {
            tracing::warn!(reason, text, "event");
        } else {
            tracing::debug!(reason, text, "event");
        }
    }
}

impl EventLog {
    fn is_new(&self, key: &ObjectKey, text: &str) -> bool {
        let now = Instant::now();
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.len() >= REMEMBERED {
            warned.clear();
        }
        match warned.get_mut(&(key.clone(), text.to_string())) {
            Some(at) if now - *at < AGAIN => false,
            Some(at) => {
                *at = now;
                true
            }
            None => {
                warned.insert((key.clone(), text.to_string()), now);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_warning_is_said_once_in_five_minutes() {
        let (log, key) = (EventLog::default(), ObjectKey::new("default", "worker"));
        assert!(log.is_new(&key, "down"));
        assert!(log.is_new(&key, "refused"));
        assert!(!log.is_new(&key, "down"));
        assert!(log.is_new(&ObjectKey::new("default", "other"), "down"));
        tokio::time::advance(AGAIN).await;
        assert!(log.is_new(&key, "down"));
        assert!(!log.is_new(&key, "down"));
    }
}
