use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use operator_controllers::{Controllers, Turn};
use operator_engine::Snapshot;
use operator_scaling::Failure;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::Subject;
use crate::view::{ObjectView, World};

/// The controllers, as the admin addresses tell of them.
pub(super) struct Cluster {
    controllers: Arc<Controllers>,
    listed: Arc<AtomicBool>,
    turn: Arc<Turn>,
}

impl Cluster {
    /// Ready once it is our turn and everything that is watched has been listed.
    pub(super) fn watching(
        controllers: Arc<Controllers>,
        turn: Arc<Turn>,
        tracker: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        let listed = Arc::new(AtomicBool::new(false));
        let (ready, of, stop) = (listed.clone(), controllers.clone(), stop.clone());
        tracker.spawn(async move {
            if stop.run_until_cancelled(of.ready()).await.is_some() {
                ready.store(true, Ordering::Relaxed);
            }
        });
        Self {
            controllers,
            listed,
            turn,
        }
    }
}

impl Subject for Cluster {
    fn not_ready(&self) -> Option<String> {
        if let Some(reason) = self.turn.waits_for() {
            return Some(reason);
        }
        let listed = self.listed.load(Ordering::Relaxed);
        (!listed).then(|| "the cluster's objects have not been listed yet".into())
    }

    fn world(&self) -> World {
        let snapshots = self.snapshots();
        let mut objects: BTreeMap<_, _> = snapshots
            .iter()
            .map(|s| (s.key.clone(), ObjectView::from(s.as_ref())))
            .collect();
        for (key, text) in self.controllers.errors() {
            let object = objects.entry(key).or_insert_with_key(|key| {
                ObjectView::unknown(&key.namespace, &key.name, &"unknown")
            });
            object.error = Some(Failure::new("ScaledObjectCheckFailed", text));
        }
        World {
            version: env!("CARGO_PKG_VERSION").to_string(),
            objects: objects.into_values().collect(),
            processes: vec![],
            findings: vec![],
        }
    }

    fn snapshots(&self) -> Vec<Arc<Snapshot>> {
        self.controllers.engine().snapshots()
    }
}
