//! What the files say now, for whoever resolves something later.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use operator_api::{Object, ObjectKey, Process};
use operator_auth::{InMemory, Notice, Objects, Resolver, Workload};
use operator_engine::port::{StateStore, StoreError};
use operator_scaling::State;
use secrecy::ExposeSecret;
use tokio::sync::watch;

use crate::manifests::Snapshot;

/// Shared by everything that resolves secrets: the files as they are, never as they were.
pub(super) struct World {
    current: watch::Sender<Arc<Current>>,
    changes: watch::Sender<u64>,
    /// The notices of each trigger's last resolution, by object and position.
    notices: Mutex<BTreeMap<(ObjectKey, u32), Vec<Notice>>>,
    pub(super) resolver: Resolver,
    pub(super) environment: Vec<(String, String)>,
}

/// One state of the files.
#[derive(Default)]
pub(super) struct Current {
    pub(super) objects: InMemory,
    processes: BTreeMap<ObjectKey, Process>,
}

impl World {
    pub(super) fn new(resolver: Resolver, environment: Vec<(String, String)>) -> Self {
        Self {
            current: watch::Sender::default(),
            changes: watch::Sender::default(),
            notices: Mutex::default(),
            resolver,
            environment,
        }
    }

    pub(super) fn set(&self, snapshot: &Snapshot) {
        let objects = snapshot.objects.values().map(|document| &document.object);
        let processes =
            snapshot
                .objects
                .iter()
                .filter_map(|(key, document)| match &document.object {
                    Object::Process(process) => Some((key.clone(), (**process).clone())),
                    _ => None,
                });
        let current = Current {
            objects: InMemory::new(objects),
            processes: processes.collect(),
        };
        self.current.send_replace(Arc::new(current));
    }

    pub(super) fn current(&self) -> Arc<Current> {
        self.current.borrow().clone()
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(super) fn changed(&self) {
        self.changes.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Keeps what was noticed; new notices are logged, repeated ones are not.
    pub(super) fn notice(&self, object: &ObjectKey, index: u32, notices: Vec<Notice>) {
        let mut all = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all
            .insert((object.clone(), index), notices.clone())
            .unwrap_or_default();
        drop(all);
        for notice in notices.iter().filter(|notice| !before.contains(notice)) {
            tracing::warn!(%object, trigger = index, reason = notice.reason, notice = %notice, "trigger");
        }
    }

    pub(super) fn notices(&self, object: &ObjectKey) -> Vec<(u32, Notice)> {
        let all = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |(key, _): &(&(ObjectKey, u32), &Vec<Notice>)| key.0 == *object;
        all.iter()
            .filter(of)
            .flat_map(|((_, index), notices)| notices.iter().map(|n| (*index, n.clone())))
            .collect()
    }

    pub(super) fn forget(&self, object: &ObjectKey) {
        let mut all = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(key, _), _| key != object);
    }
}

impl Current {
    /// The process as a workload of one container, which has its name.
    pub(super) fn workload(&self, key: &ObjectKey) -> Workload {
        let containers = self.processes.get(key).map(|process| {
            (
                key.name.clone(),
                process.spec.env_from.clone(),
                process.spec.env.clone(),
            )
        });
        Workload {
            namespace: key.namespace.clone(),
            containers: containers.into_iter().collect(),
            without_secrets: false,
        }
    }

    pub(super) fn objects(&self) -> &dyn Objects {
        &self.objects
    }
}

/// Of everything that triggers are resolved from: equal while none of it has changed.
pub(super) fn digest(snapshot: &Snapshot) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (key, document) in &snapshot.objects {
        match &document.object {
            Object::Secret(secret) => {
                for (name, value) in &secret.data {
                    (key, name, value.expose_secret()).hash(&mut hasher);
                }
            }
            Object::ConfigMap(map) => (key, &map.data).hash(&mut hasher),
            // Texts stand for types that have no hash of their own.
            Object::TriggerAuthentication(auth) => {
                (key, format!("{:?}", auth.spec)).hash(&mut hasher);
            }
            Object::ClusterTriggerAuthentication(auth) => {
                (key, format!("{:?}", auth.spec)).hash(&mut hasher);
            }
            Object::Process(process) => {
                let spec = &process.spec;
                (key, format!("{:?} {:?}", spec.env_from, spec.env)).hash(&mut hasher);
            }
            Object::ScaledObject(_) | Object::ScaledJob(_) => {}
        }
    }
    hasher.finish()
}

/// A dry run remembers nothing.
pub(super) struct NoStore;

impl StateStore for NoStore {
    fn load<'a>(&'a self, _uid: &'a str) -> BoxFuture<'a, Result<Option<State>, StoreError>> {
        Box::pin(async { Ok(None) })
    }

    fn save<'a>(&'a self, _: &'a str, _: &'a State) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn forget<'a>(&'a self, _uid: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
}
