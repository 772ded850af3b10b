use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Resource;
use kube::runtime::events::{self, EventType, Reporter};
use operator_api::ScaledObject;
use operator_engine::ObjectKey;
use operator_engine::port::Recorder;
use operator_scaling::Event;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::lane::Lane;

/// Events that may wait. More come only while the API server is slow, and then the newest are dropped
/// and counted.
const WAITING: usize = 1024;
/// The same text about the same object is told again after so long.
const AGAIN: Duration = Duration::from_secs(120);
/// Longest note the API server takes, in bytes.
const NOTE: usize = 1024;
/// The name under which KEDA tells its events.
const CONTROLLER: &str = "keda-operator";

/// Where events go: a queue, so that nobody waits for the API server.
pub(crate) struct Events {
    queue: mpsc::Sender<Told>,
    dropped: AtomicU64,
    recent: Mutex<HashMap<(ObjectKey, String), (String, Instant)>>,
}

/// An event of an object.
pub(crate) struct Told {
    key: ObjectKey,
    event: Event,
}

impl Events {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Told>) {
        let (queue, told) = mpsc::channel(WAITING);
        let events = Self {
            queue,
            dropped: AtomicU64::new(0),
            recent: Mutex::default(),
        };
        (events, told)
    }

    /// Tells the event, unless it was told just now. Never waits.
    pub(crate) fn add(&self, key: &ObjectKey, event: &Event) {
        if self.is_repeated(key, event, Instant::now()) {
            return;
        }
        let (key, event) = (key.clone(), event.clone());
        if self.queue.try_send(Told { key, event }).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Events that were not told, since too many waited.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// A source that is down fails at every poll: one event in two minutes says that as well.
    fn is_repeated(&self, key: &ObjectKey, event: &Event, now: Instant) -> bool {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() > 4 * WAITING {
            recent.retain(|_, (_, at)| now.duration_since(*at) < AGAIN);
        }
        let told = (event.message.clone(), now);
        let of = (key.clone(), event.reason.clone());
        let before = recent.get(&of);
        let repeated = event.warning
            && before.is_some_and(|(text, at)| {
                *text == event.message && now.duration_since(*at) < AGAIN
            });
        if !repeated {
            recent.insert(of, told);
        }
        repeated
    }
}

impl Recorder for Events {
    fn record(&self, key: &ObjectKey, event: &Event) {
        self.add(key, event);
    }
}

/// Writes the events to the cluster, one after the other, until the queue is closed.
pub(crate) async fn publish(
    lane: Lane,
    mut queue: mpsc::Receiver<Told>,
    uid: impl Fn(&ObjectKey) -> Option<String>,
) {
    let recorder = events::Recorder::new(lane.client(), Reporter::from(CONTROLLER));
    while let Some(told) = queue.recv().await {
        let reference = ObjectReference {
            api_version: Some(ScaledObject::api_version(&()).into_owned()),
            kind: Some(ScaledObject::kind(&()).into_owned()),
            namespace: Some(told.key.namespace.clone()),
            name: Some(told.key.name.clone()),
            uid: uid(&told.key),
            ..ObjectReference::default()
        };
        let note = &told.event.message;
        let event = events::Event {
            type_: match told.event.warning {
                true => EventType::Warning,
                false => EventType::Normal,
            },
            reason: told.event.reason.clone(),
            note: Some(note[..note.floor_char_boundary(NOTE)].to_string()),
            action: told.event.reason.clone(),
            secondary: None,
        };
        let published = lane.call("write an event", recorder.publish(&event, &reference));
        if let Err(error) = published.await {
            tracing::debug!(object = %told.key, %error, "an event is lost");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_told_again_when_it_changes_or_lasts() {
        let (events, mut queue) = Events::new();
        let key = ObjectKey::new("shop", "orders");
        let failure = |text: &str| Event {
            warning: true,
            reason: "KEDAScalerFailed".into(),
            message: text.into(),
        };
        for text in ["down", "down", "refused", "down"] {
            events.add(&key, &failure(text));
        }
        tokio::time::advance(AGAIN).await;
        events.add(&key, &failure("down"));
        let mut told = Vec::new();
        while let Ok(event) = queue.try_recv() {
            told.push(event.event.message);
        }
        assert_eq!(told, ["down", "refused", "down", "down"]);
    }

    #[tokio::test]
    async fn what_finds_no_place_is_counted() {
        let (events, _queue) = Events::new();
        for at in 0..WAITING + 3 {
            let event = Event {
                warning: false,
                reason: "R".into(),
                message: at.to_string(),
            };
            events.add(&ObjectKey::new("a", "b"), &event);
        }
        assert_eq!(events.dropped(), 3);
    }
}
