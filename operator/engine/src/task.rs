//! The task of one object: its loop, and what restarts it after a crash.

mod act;
mod slot;
mod tick;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use operator_scaling::{
    Condition, ConditionKind, ConditionStatus, Failure, MetricValue, Millis, Plan, State, Tick,
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::engine::{Ports, QueryError};
use crate::object::{EngineConfig, ObjectSpec};
use crate::schedule::{Due, Schedule};
use crate::snapshot::Snapshot;
use crate::starts::Starts;
use slot::Slot;

/// An autoscaler's question.
pub(crate) type Query = oneshot::Sender<Result<Vec<MetricValue>, QueryError>>;

/// Longest wait before a crashed task is started again.
const MAX_BACK_OFF: Duration = Duration::from_secs(60);

/// What an object's task is given.
pub(crate) struct Channels {
    pub(crate) specs: watch::Receiver<Arc<ObjectSpec>>,
    pub(crate) queries: mpsc::Receiver<Query>,
    pub(crate) snapshots: watch::Sender<Arc<Snapshot>>,
    pub(crate) changes: watch::Sender<u64>,
    pub(crate) cancel: CancellationToken,
}

/// One object. Its task owns all of it.
pub(crate) struct Task {
    ports: Ports,
    config: EngineConfig,
    channels: Channels,
    object: Arc<ObjectSpec>,
    plan: Option<Arc<Plan>>,
    slots: Vec<Slot>,
    schedule: Schedule,
    starts: Arc<Starts>,
    state: State,
    /// The state differs from what the store has.
    dirty: bool,
    snapshot: Snapshot,
}

impl Task {
    pub(crate) fn new(
        ports: Ports,
        config: EngineConfig,
        starts: Arc<Starts>,
        mut channels: Channels,
    ) -> Self {
        let object = channels.specs.borrow_and_update().clone();
        let interval = object.spec.polling_interval;
        let mut snapshot = Snapshot::new(&object, config.dry_run);
        // Another life of the same key starts its own counters.
        let before = channels.snapshots.borrow().clone();
        if before.uid == object.uid {
            snapshot.counters = before.counters;
        }
        Self {
            schedule: Schedule::new(
                config,
                &object.uid,
                interval,
                starts.next(interval, Instant::now()),
            ),
            starts,
            ports,
            config,
            channels,
            object,
            plan: None,
            slots: vec![],
            state: State::default(),
            dirty: false,
            snapshot,
        }
    }

    /// Runs until cancelled; then the triggers are closed and the state is stored.
    pub(crate) async fn run(mut self) {
        let span = tracing::info_span!("object", key = %self.object.key);
        async {
            self.load().await;
            self.adopt();
            let (mut crashes, mut polls) = (0_u32, 0_u64);
            // What the loop leaves half done, the restart throws away: triggers are opened anew,
            // the state is that of the last finished tick.
            while let Err(panic) = AssertUnwindSafe(self.work()).catch_unwind().await {
                // A task that has polled well in between starts over with short pauses.
                let polled = self.snapshot.counters.polls;
                crashes = if polled > polls + 2 {
                    1
                } else {
                    crashes.saturating_add(1)
                };
                polls = polled;
                self.crashed(&panic_text(panic.as_ref()));
                let pause = back_off(crashes);
                let cancelled = self.channels.cancel.cancelled();
                if tokio::time::timeout(pause, cancelled).await.is_ok() {
                    break;
                }
                self.start_anew();
            }
            self.slots.clear();
            self.save().await;
        }
        .instrument(span)
        .await;
    }

    async fn work(&mut self) {
        loop {
            let next = self.schedule.next();
            let Channels {
                specs,
                queries,
                cancel,
                ..
            } = &mut self.channels;
            tokio::select! {
                // In this order: the end, what the user wants, what is asked, what is due. A
                // question that finds fresh values costs nothing, and one that does not is
                // answered by the tick that is due, if one is.
                biased;
                () = cancel.cancelled() => return,
                changed = specs.changed() => match changed {
                    Ok(()) => self.edited(),
                    Err(_) => return,
                },
                query = queries.recv() => match query {
                    Some(answer) => self.answer(answer).await,
                    None => return,
                },
                () = tokio::time::sleep_until(next) => {
                    let now = Instant::now();
                    if let Some(due) = self.schedule.due(now) {
                        self.start(due).await;
                    }
                }
            }
        }
    }

    async fn start(&mut self, due: Due) {
        self.snapshot.counters.missed += u64::from(due.missed);
        self.snapshot.late = due.late.or(self.snapshot.late);
        self.tick(due.tick).await;
    }

    async fn load(&mut self) {
        match self.ports.store.load(&self.object.uid).await {
            Ok(state) => {
                self.state = state.unwrap_or_default();
                self.state.resume();
            }
            Err(error) => {
                tracing::warn!(%error, "the stored state cannot be read");
                self.fail(Failure::new("StateUnreadable", error.to_string()));
            }
        }
        self.snapshot.state = self.state.clone();
    }

    async fn save(&mut self) {
        if !self.dirty || self.dry_run() {
            return;
        }
        match self.ports.store.save(&self.object.uid, &self.state).await {
            Ok(()) => self.dirty = false,
            Err(error) => {
                tracing::warn!(%error, "the state cannot be stored");
                self.fail(Failure::new("StateNotStored", error.to_string()));
            }
        }
    }

    /// The user's edit: state and counters stay, and so does each trigger that is the same.
    fn edited(&mut self) {
        self.object = self.channels.specs.borrow_and_update().clone();
        self.start_anew();
        self.adopt();
    }

    fn start_anew(&mut self) {
        let interval = self.object.spec.polling_interval;
        let start = self.starts.next(interval, Instant::now());
        self.schedule.edited(interval, start);
    }

    /// Makes plan and triggers of the object as it is now.
    fn adopt(&mut self) {
        let object = self.object.clone();
        let named = object.triggers.iter().filter(|t| t.is_source());
        let names = named.map(|t| t.name.as_str());
        self.plan = match Plan::new(object.spec.clone(), object.home, names) {
            Ok(plan) => Some(Arc::new(plan)),
            Err(error) => {
                let failure = Failure::new(error.reason(), error.to_string());
                self.not_ready(failure.message.clone());
                self.fail(failure);
                None
            }
        };
        let mut before = std::mem::take(&mut self.slots);
        self.slots = object
            .triggers
            .iter()
            .map(|trigger| {
                let same = before.iter().position(|slot| slot.stands_for(trigger));
                match same.map(|at| before.swap_remove(at)) {
                    Some(slot) => slot.edited(trigger.clone()),
                    None => Slot::new(trigger.clone()),
                }
            })
            .collect();
        self.snapshot.target = object.target_text.clone();
        self.snapshot.home = object.home;
        self.snapshot.dry_run = self.dry_run();
        self.publish();
    }

    async fn answer(&mut self, answer: Query) {
        if answer.is_closed() {
            return;
        }
        // Whoever waited behind another question gets that one's values.
        if !self.is_fresh() {
            match self.schedule.due(Instant::now()) {
                Some(due) => self.start(due).await,
                None => self.tick(Tick::Query).await,
            }
        }
        let values = match &self.snapshot.peer {
            Some(peer) => Err(QueryError::Elsewhere(peer.clone())),
            None if self.plan.is_none() => Err(QueryError::NotReady(self.object.key.clone())),
            None => Ok(self.snapshot.metrics.clone()),
        };
        // An asker that has gone needs no answer.
        let _ = answer.send(values);
    }

    fn is_fresh(&self) -> bool {
        let now = self.ports.clock.now();
        is_fresh(&self.snapshot, self.object.spec.polling_interval, now)
    }

    fn dry_run(&self) -> bool {
        self.config.dry_run || self.object.dry_run
    }

    fn fail(&mut self, failure: Failure) {
        self.snapshot.fail(self.ports.clock.now(), failure);
    }

    fn not_ready(&mut self, text: String) {
        let (kind, status) = (ConditionKind::Ready, ConditionStatus::False);
        let condition = Condition::new(kind, status, "ScaledObjectCheckFailed", text);
        self.snapshot.set_condition(condition);
    }

    fn crashed(&mut self, text: &str) {
        tracing::error!(text, "the object's task crashed and is started again");
        self.slots.iter_mut().for_each(Slot::close);
        self.snapshot.counters.panics += 1;
        let text = format!("the object's task crashed: {text}");
        self.not_ready(text.clone());
        self.fail(Failure::new("Crashed", text));
        self.publish();
    }

    fn publish(&mut self) {
        self.snapshot.state = self.state.clone();
        let after = Arc::new(self.snapshot.clone());
        let before = self.channels.snapshots.send_replace(after.clone());
        self.ports.observer.published(&before, &after);
        self.channels.changes.send_modify(|n| *n += 1);
    }
}

/// Whether an autoscaler may be told the snapshot's values.
pub(crate) fn is_fresh(snapshot: &Snapshot, interval: Duration, now: Millis) -> bool {
    let limit = Schedule::freshness(interval);
    snapshot.measured_at.is_some_and(|at| now.since(at) < limit)
}

fn back_off(crashes: u32) -> Duration {
    let doubled = Duration::from_secs(1).saturating_mul(1 << crashes.saturating_sub(1).min(6));
    doubled.min(MAX_BACK_OFF)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no message".into())
}
