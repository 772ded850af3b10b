use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use operator_scaling::MetricValue;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::object::{EngineConfig, ObjectKey, ObjectSpec};
use crate::port::{Clock, Observer, Owner, Recorder, Scalers, StateStore};
use crate::snapshot::Snapshot;
use crate::starts::Starts;
use crate::task::{Channels, Query, Task, is_fresh};

/// Questions that may wait for one object: an autoscaler asks for one metric after the other, so
/// more than a few waiting means that something hangs.
const WAITING_QUERIES: usize = 16;

/// The outside, as the engine needs it.
#[derive(Clone)]
pub struct Ports {
    /// The event sources.
    pub scalers: Arc<dyn Scalers>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Where state outlives the process.
    pub store: Arc<dyn StateStore>,
    /// Who acts on which object.
    pub owner: Arc<dyn Owner>,
    /// Where events go.
    pub recorder: Arc<dyn Recorder>,
    /// Who sees what comes of each tick.
    pub observer: Arc<dyn Observer>,
}

/// Runs objects: one task each, which owns all that is the object's. What is shared is a map from
/// key to handle.
pub struct Engine {
    ports: Ports,
    config: EngineConfig,
    starts: Arc<Starts>,
    objects: Mutex<Objects>,
    refused_queries: AtomicU64,
    tracker: TaskTracker,
    cancel: CancellationToken,
    changes: watch::Sender<u64>,
}

/// What is shared: how to reach each object's task.
#[derive(Default)]
struct Objects {
    running: BTreeMap<ObjectKey, Handle>,
    /// Removed, but not gone yet; cancelled when they are.
    leaving: BTreeMap<ObjectKey, CancellationToken>,
}

/// How an object's task is reached.
struct Handle {
    uid: String,
    specs: watch::Sender<Arc<ObjectSpec>>,
    queries: mpsc::Sender<Query>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    cancel: CancellationToken,
    /// Cancelled by the task when it has ended.
    ended: CancellationToken,
}

/// Why an autoscaler's question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No such object.
    #[error("no object {0} is known")]
    NotFound(ObjectKey),
    /// Too many questions wait already.
    #[error("too many questions wait for {0}")]
    Busy(ObjectKey),
    /// The object was removed meanwhile.
    #[error("object {0} is being removed")]
    Gone(ObjectKey),
    /// Nothing can be decided by its specification.
    #[error("object {0} is not ready")]
    NotReady(ObjectKey),
    /// Another process acts on the object, at that address.
    #[error("the object is run at {0}")]
    Elsewhere(String),
}

impl QueryError {
    /// Fixed word for labels.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NotFound",
            Self::Busy(_) => "Busy",
            Self::Gone(_) => "Gone",
            Self::NotReady(_) => "NotReady",
            Self::Elsewhere(_) => "Elsewhere",
        }
    }
}

/// What a shutdown left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Left {
    /// Objects whose tasks did not end in time.
    pub unfinished: Vec<ObjectKey>,
}

impl Engine {
    /// An engine without objects. Tasks are started on the tokio runtime that [`Engine::apply`]
    /// is called on.
    pub fn new(ports: Ports, config: EngineConfig) -> Self {
        Self {
            ports,
            config,
            starts: Arc::new(Starts::new(config.starts_per_second)),
            objects: Mutex::default(),
            refused_queries: AtomicU64::new(0),
            tracker: TaskTracker::new(),
            cancel: CancellationToken::new(),
            changes: watch::Sender::new(0),
        }
    }

    /// Runs the object, or gives an edited one to its task, which keeps its state and polls at
    /// once. Another object (by uid) under the same key starts when the one before is gone.
    /// Ignored when nothing was edited (generation, spec, home and dry run are the same), and
    /// after shutdown.
    pub fn apply(&self, object: ObjectSpec) {
        if self.cancel.is_cancelled() {
            return;
        }
        let mut objects = self.lock();
        let key = object.key.clone();
        objects.leaving.retain(|_, gone| !gone.is_cancelled());
        let after = match objects.running.remove(&key) {
            Some(handle) if handle.uid == object.uid => {
                if !handle.specs.borrow().is_same(&object) {
                    handle.specs.send_replace(Arc::new(object));
                }
                objects.running.insert(key, handle);
                return;
            }
            Some(handle) => Some(self.stop(handle)),
            None => objects.leaving.remove(&key),
        };
        let handle = self.start(object, after);
        objects.running.insert(key, handle);
    }

    fn start(&self, object: ObjectSpec, after: Option<CancellationToken>) -> Handle {
        let (snapshots, published) =
            watch::channel(Arc::new(Snapshot::new(&object, self.config.dry_run)));
        let uid = object.uid.clone();
        let (specs, edited) = watch::channel(Arc::new(object));
        let (queries, asked) = mpsc::channel(WAITING_QUERIES);
        let cancel = self.cancel.child_token();
        let ended = CancellationToken::new();
        let channels = Channels {
            specs: edited,
            queries: asked,
            snapshots,
            changes: self.changes.clone(),
            cancel: cancel.clone(),
        };
        let (ports, config, starts) = (self.ports.clone(), self.config, self.starts.clone());
        let end = ended.clone().drop_guard();
        self.tracker.spawn(async move {
            let _end = end;
            if let Some(after) = after {
                after.cancelled().await;
            }
            Task::new(ports, config, starts, channels).run().await;
        });
        Handle {
            uid,
            specs,
            queries,
            snapshots: published,
            cancel,
            ended,
        }
    }

    /// Stops the object's task, closes its triggers and forgets its state; the target stays as it
    /// is. False when there is no such object.
    pub fn remove(&self, key: &ObjectKey) -> bool {
        let mut objects = self.lock();
        let Some(handle) = objects.running.remove(key) else {
            return false;
        };
        let gone = self.stop(handle);
        objects.leaving.insert(key.clone(), gone);
        true
    }

    /// Ends a task for good; the token is cancelled when the object is gone.
    fn stop(&self, handle: Handle) -> CancellationToken {
        handle.cancel.cancel();
        let gone = CancellationToken::new();
        let end = gone.clone().drop_guard();
        let store = self.ports.store.clone();
        let changes = self.changes.clone();
        self.tracker.spawn(async move {
            let _end = end;
            handle.ended.cancelled().await;
            if let Err(error) = store.forget(&handle.uid).await {
                tracing::warn!(%error, uid = %handle.uid, "the state cannot be forgotten");
            }
            changes.send_modify(|n| *n += 1);
        });
        gone
    }

    /// The object as its last tick left it.
    pub fn snapshot(&self, key: &ObjectKey) -> Option<Arc<Snapshot>> {
        let objects = self.lock();
        objects
            .running
            .get(key)
            .map(|handle| handle.snapshots.borrow().clone())
    }

    /// All objects, by key.
    pub fn snapshots(&self) -> Vec<Arc<Snapshot>> {
        let objects = self.lock();
        objects
            .running
            .values()
            .map(|handle| handle.snapshots.borrow().clone())
            .collect()
    }

    /// Counts up whenever a snapshot changes or goes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Questions refused because too many waited for the same object.
    pub fn refused_queries(&self) -> u64 {
        self.refused_queries.load(Ordering::Relaxed)
    }

    /// What an autoscaler is to be told of the object: values not older than the shorter of its
    /// polling interval and 15 s, for which the sources are asked if need be, once for all who
    /// ask at the same time.
    ///
    /// # Errors
    /// When the object is not here or cannot be asked now.
    pub async fn query(&self, key: &ObjectKey) -> Result<Vec<MetricValue>, QueryError> {
        let (answer, answered) = oneshot::channel();
        {
            let objects = self.lock();
            let handle = objects
                .running
                .get(key)
                .ok_or_else(|| QueryError::NotFound(key.clone()))?;
            let snapshot = handle.snapshots.borrow().clone();
            let interval = handle.specs.borrow().spec.polling_interval;
            let here = snapshot.peer.is_none();
            if here && is_fresh(&snapshot, interval, self.ports.clock.now()) {
                return Ok(snapshot.metrics.clone());
            }
            handle
                .queries
                .try_send(answer)
                .map_err(|error| match error {
                    mpsc::error::TrySendError::Full(_) => {
                        self.refused_queries.fetch_add(1, Ordering::Relaxed);
                        QueryError::Busy(key.clone())
                    }
                    mpsc::error::TrySendError::Closed(_) => QueryError::Gone(key.clone()),
                })?;
        }
        answered.await.map_err(|_| QueryError::Gone(key.clone()))?
    }

    /// Stops all tasks, each of which stores its state, and waits for them for `deadline`.
    pub async fn shutdown(&self, deadline: Duration) -> Left {
        self.cancel.cancel();
        self.tracker.close();
        if tokio::time::timeout(deadline, self.tracker.wait())
            .await
            .is_ok()
        {
            return Left::default();
        }
        let objects = self.lock();
        let unfinished = objects
            .running
            .iter()
            .filter(|(_, handle)| !handle.ended.is_cancelled());
        Left {
            unfinished: unfinished.map(|(key, _)| key.clone()).collect(),
        }
    }

    /// Nothing that holds the lock can leave the map half changed, so poison says nothing.
    fn lock(&self) -> std::sync::MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An engine that is dropped stops its tasks, without waiting.
impl Drop for Engine {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}
