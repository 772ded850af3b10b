use std::os::unix::net::UnixStream;
use std::sync::Arc;

use futures::future::BoxFuture;
use operator_engine::port::{Replicas, ScaleTarget, TargetError};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::adoption;
use super::plan::{self, Step, View};
use super::replica::{Replica, Update};
use super::{LaunchSource, ProcessSettings, ReplicaPhase, ReplicaStatus, SetStatus};

/// News of replicas that may wait; each replica sends a handful a run, and waits when it is full.
const UPDATES: usize = 64;

/// Replicas of one program. Cheap to clone; the replicas live until [`ProcessSet::end`], until the token
/// given at the start is cancelled, or until the last clone is dropped.
#[derive(Clone)]
pub struct ProcessSet {
    wanted: watch::Sender<u32>,
    launch: watch::Sender<Arc<dyn LaunchSource>>,
    status: watch::Receiver<SetStatus>,
    stop: CancellationToken,
}

impl ProcessSet {
    /// A set of so many replicas to begin with, whose tasks run on `tracker`. Where the settings ask
    /// for adoption, replicas that an earlier penstock left are among them.
    pub fn start(
        name: &str,
        replicas: u32,
        launch: Arc<dyn LaunchSource>,
        settings: ProcessSettings,
        tracker: &TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let (wanted, wanted_changed) = watch::channel(replicas);
        let (launch, launch_changed) = watch::channel(launch);
        let (publish, status) = watch::channel(SetStatus::default());
        let (updates, received) = mpsc::channel(UPDATES);
        let task = Task {
            name: name.to_string(),
            wanted: wanted_changed,
            launch: launch_changed,
            leave: settings
                .adoption
                .as_ref()
                .map(|a| a.leave.clone())
                .unwrap_or_default(),
            settings,
            tracker: tracker.clone(),
            stop: stop.clone(),
            updates,
            publish,
            generation: 0,
            slots: Vec::new(),
        };
        tracker.spawn(task.run(received));
        Self {
            wanted,
            launch,
            status,
            stop,
        }
    }

    /// Replaces the program: replicas are exchanged one by one.
    pub fn replace(&self, launch: Arc<dyn LaunchSource>) {
        self.launch.send_replace(launch);
    }

    /// What it is doing now.
    pub fn status(&self) -> SetStatus {
        self.status.borrow().clone()
    }

    /// The same, to wait for changes.
    pub fn subscribe(&self) -> watch::Receiver<SetStatus> {
        self.status.clone()
    }

    /// Ends all replicas and takes no further wishes. [`ProcessSet::ended`] says when they are gone.
    pub fn end(&self) {
        self.stop.cancel();
    }

    /// Waits until the last replica is gone after [`ProcessSet::end`].
    pub async fn ended(&self) {
        let mut status = self.status.clone();
        // The task drops its end of the channel when nothing is left.
        while status.changed().await.is_ok() {}
    }
}

impl ScaleTarget for ProcessSet {
    fn replicas(&self) -> BoxFuture<'_, Result<Replicas, TargetError>> {
        let wanted = *self.wanted.borrow();
        let ready = self.status.borrow().ready;
        Box::pin(async move { Ok(Replicas { wanted, ready }) })
    }

    fn scale(&self, replicas: u32) -> BoxFuture<'_, Result<(), TargetError>> {
        let accepted = !self.stop.is_cancelled();
        if accepted {
            self.wanted
                .send_if_modified(|wanted| std::mem::replace(wanted, replicas) != replicas);
        }
        Box::pin(async move {
            accepted
                .then_some(())
                .ok_or_else(|| TargetError("the process is being removed".into()))
        })
    }
}

struct Slot {
    status: ReplicaStatus,
    /// None: of an earlier penstock and another program.
    generation: Option<u64>,
    stop: CancellationToken,
}

struct Task {
    name: String,
    wanted: watch::Receiver<u32>,
    launch: watch::Receiver<Arc<dyn LaunchSource>>,
    settings: ProcessSettings,
    tracker: TaskTracker,
    stop: CancellationToken,
    leave: CancellationToken,
    updates: mpsc::Sender<Update>,
    publish: watch::Sender<SetStatus>,
    generation: u64,
    /// From the oldest to the newest.
    slots: Vec<Slot>,
}

impl Task {
    async fn run(mut self, mut received: mpsc::Receiver<Update>) {
        self.adopt();
        loop {
            let leaving = self.leave.is_cancelled();
            let stopping = leaving || self.stop.is_cancelled();
            if stopping {
                if !leaving {
                    self.slots.iter().for_each(|slot| slot.stop.cancel());
                }
                if self.slots.is_empty() {
                    // The last look at it shows that nothing is left.
                    self.publish();
                    return;
                }
            } else {
                self.settle();
            }
            self.publish();
            tokio::select! {
                Some(update) = received.recv() => self.take(update),
                () = self.stop.cancelled(), if !stopping => {}
                () = self.leave.cancelled(), if !leaving => {}
                changed = self.wanted.changed(), if !stopping => {
                    // Nobody can wish any more.
                    if changed.is_err() {
                        self.stop.cancel();
                    }
                }
                Ok(()) = self.launch.changed(), if !stopping => self.generation += 1,
            }
        }
    }

    fn settle(&mut self) {
        let wanted = *self.wanted.borrow_and_update() as usize;
        loop {
            let active: Vec<usize> = (0..self.slots.len())
                .filter(|at| !self.slots[*at].stop.is_cancelled())
                .collect();
            let views: Vec<View> = active
                .iter()
                .map(|at| self.view(&self.slots[*at]))
                .collect();
            match plan::next(wanted, &views) {
                Some(Step::Start) => self.start(),
                Some(Step::End(at)) => self.slots[active[at]].stop.cancel(),
                None => return,
            }
        }
    }

    fn view(&self, slot: &Slot) -> View {
        View {
            current: slot.generation == Some(self.generation),
            running: slot.status.phase == ReplicaPhase::Running,
        }
    }

    fn adopt(&mut self) {
        let Some(adoption) = &self.settings.adoption else {
            return;
        };
        match adoption::waiting(&adoption.directory) {
            Ok(waiting) => {
                for (index, socket) in waiting {
                    tracing::info!(set = %self.name, index, "replica adopted");
                    self.add(index, Some(socket));
                }
            }
            Err(error) => {
                let directory = adoption.directory.display();
                tracing::warn!(set = %self.name, %directory, %error, "no replica can be adopted");
            }
        }
    }

    fn start(&mut self) {
        let used = |index: u32| self.slots.iter().any(|slot| slot.status.index == index);
        // One of them is free, there being fewer slots than indexes.
        let index = (0..=u32::MAX)
            .find(|index| !used(*index))
            .unwrap_or(u32::MAX);
        self.add(index, None);
    }

    fn add(&mut self, index: u32, adopted: Option<UnixStream>) {
        let status = ReplicaStatus {
            index,
            phase: ReplicaPhase::Starting,
            pid: None,
            started: None,
            restarts: 0,
            last_error: None,
        };
        let stop = CancellationToken::new();
        let replica = Replica {
            name: format!("{}-{index}", self.name),
            launch: self.launch.borrow().clone(),
            settings: self.settings.clone(),
            adopted,
            stop: stop.clone(),
            leave: self.leave.clone(),
            updates: self.updates.clone(),
            status: status.clone(),
        };
        self.tracker.spawn(replica.run());
        self.slots.push(Slot {
            status,
            generation: Some(self.generation),
            stop,
        });
    }

    fn take(&mut self, update: Update) {
        match update {
            Update::Status(status) => {
                if let Some(slot) = self
                    .slots
                    .iter_mut()
                    .find(|s| s.status.index == status.index)
                {
                    slot.status = status;
                }
            }
            Update::Outdated(index) => {
                if let Some(slot) = self.slots.iter_mut().find(|s| s.status.index == index) {
                    slot.generation = None;
                }
            }
            Update::Gone(index) => self.slots.retain(|slot| slot.status.index != index),
        }
    }

    fn publish(&self) {
        let mut replicas: Vec<ReplicaStatus> = Vec::with_capacity(self.slots.len());
        let (mut ready, mut ending) = (0, 0);
        for slot in &self.slots {
            let mut status = slot.status.clone();
            if slot.stop.is_cancelled() {
                status.phase = ReplicaPhase::Ending;
                ending += 1;
            } else if status.phase == ReplicaPhase::Running {
                ready += 1;
            }
            replicas.push(status);
        }
        replicas.sort_by_key(|replica| replica.index);
        let status = SetStatus {
            wanted: *self.wanted.borrow(),
            ready,
            ending,
            replicas,
        };
        self.publish.send_if_modified(|now| {
            let changed = *now != status;
            *now = status;
            changed
        });
    }
}
