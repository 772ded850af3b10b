//! `penstock run`: files in, processes out, the engine between.
//!
//! A Process is to a ScaledObject what a Deployment is in a cluster: it keeps its number of replicas
//! until something scales it, also over a restart, and outlives the ScaledObject.

mod error;
mod launch;
mod options;
mod reconcile;
mod source;
mod target;
mod told;
mod view;
mod world;

use std::sync::Arc;
use std::time::Duration;

use operator_engine::port::{NoObserver, OwnsAll, Scalers, StateStore, SystemClock};
use operator_engine::{Engine, Ports};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use error::ObjectError;
pub use options::RunOptions;
pub use view::{Drained, ObjectView, ProcessView, View};

use crate::manifests::{self, Snapshot};
use crate::state::{StateDirectory, StateError};
use reconcile::Reconciler;
use view::Published;
use world::World;

/// One `penstock run`.
pub struct Standalone {
    options: RunOptions,
    engine: Arc<Engine>,
    world: Arc<World>,
    state: Option<Arc<StateDirectory>>,
    tracker: TaskTracker,
    published: watch::Sender<Arc<Published>>,
}

impl Standalone {
    /// Takes the state directory and makes the engine; nothing runs yet. A dry run has no state
    /// directory: it remembers nothing and may run beside another penstock.
    ///
    /// # Errors
    /// When another penstock uses the state directory, or it cannot be made.
    pub fn new(options: RunOptions, scalers: Arc<dyn Scalers>) -> Result<Self, StateError> {
        let state = if options.engine.dry_run {
            None
        } else {
            Some(Arc::new(StateDirectory::open(&options.state_directory)?))
        };
        let store: Arc<dyn StateStore> = match &state {
            Some(directory) => directory.clone(),
            None => Arc::new(world::NoStore),
        };
        let ports = Ports {
            scalers,
            clock: Arc::new(SystemClock),
            store,
            owner: Arc::new(OwnsAll),
            recorder: options.recorder.clone(),
            observer: Arc::new(NoObserver),
        };
        Ok(Self {
            engine: Arc::new(Engine::new(ports, options.engine)),
            world: Arc::new(World::new(
                options.resolver.clone(),
                options.environment.clone(),
            )),
            state,
            tracker: TaskTracker::new(),
            published: watch::Sender::default(),
            options,
        })
    }

    /// The engine, for snapshots and changes.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Everything there is to show, as it stands.
    pub fn view(&self) -> View {
        self.published.borrow().view(&self.engine, &self.world)
    }

    /// Counts up whenever the files changed something; the engine tells of its own changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.world.changes()
    }

    /// Follows the files until `stop`, then ends the engine and the replicas within the options'
    /// bound. To be called once.
    pub async fn run(&self, stop: CancellationToken) -> Drained {
        let (publish, mut states) = watch::channel(Snapshot::default());
        let watching = CancellationToken::new();
        // Whatever becomes of this call, files are not followed for longer.
        let _watching = watching.clone().drop_guard();
        self.tracker.spawn(manifests::watch(
            self.options.paths.clone(),
            self.options.timing,
            publish,
            watching.clone(),
        ));
        // Sets end by their own tokens, in the drain, and not with `stop`: the engine first.
        let (replicas, leave) = (CancellationToken::new(), CancellationToken::new());
        let mut reconciler = Reconciler::new(
            &self.options,
            self.engine.clone(),
            self.world.clone(),
            self.state.clone(),
            self.tracker.clone(),
            (replicas.clone(), leave.clone()),
        );
        let mut failed = None;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                changed = states.changed() => {
                    if changed.is_err() {
                        failed = Some("the files are no longer followed".to_string());
                        break;
                    }
                    let snapshot = states.borrow_and_update().clone();
                    self.published.send_replace(Arc::new(reconciler.apply(snapshot).await));
                    self.world.changed();
                }
            }
        }
        watching.cancel();
        let end = if self.options.adopt.is_some() {
            leave
        } else {
            replicas
        };
        self.drain(&end, failed).await
    }

    async fn drain(&self, end: &CancellationToken, failed: Option<String>) -> Drained {
        let deadline = Instant::now() + self.options.drain;
        // The engine stores its state and lets go; it needs no more than a poll's time.
        let share = self.options.drain / 4;
        let unfinished = self
            .engine
            .shutdown(share.max(Duration::from_millis(100)))
            .await
            .unfinished;
        let running = self.published.borrow().running();
        end.cancel();
        self.tracker.close();
        let ended = timeout_at(deadline, self.tracker.wait()).await.is_ok();
        let left = if ended {
            Vec::new()
        } else {
            self.published.borrow().running()
        };
        let adoptable = if self.options.adopt.is_some() {
            running
        } else {
            Vec::new()
        };
        Drained {
            unfinished,
            left,
            adoptable,
            failed,
        }
    }
}
