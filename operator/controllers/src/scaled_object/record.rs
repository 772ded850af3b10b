use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use operator_api::{GroupVersionKindResource, ScaledObjectStatus};
use operator_engine::ObjectKey;

/// One record an object: what its reconciler and its status writer remember between two looks.
#[derive(Default)]
pub(crate) struct Records {
    records: Mutex<HashMap<ObjectKey, Arc<Record>>>,
}

impl Records {
    /// The object's record, made when there is none, or when there is one of another object that had
    /// the same name.
    pub(crate) fn of(&self, key: &ObjectKey, uid: &str) -> Arc<Record> {
        let mut records = self.lock();
        match records.get(key) {
            Some(record) if record.uid == uid => record.clone(),
            _ => {
                let record = Arc::new(Record::new(uid));
                records.insert(key.clone(), record.clone());
                record
            }
        }
    }

    /// The object's record, if it has one.
    pub(crate) fn get(&self, key: &ObjectKey) -> Option<Arc<Record>> {
        self.lock().get(key).cloned()
    }

    /// The objects that are not ready, and why.
    pub(crate) fn errors(&self) -> Vec<(ObjectKey, String)> {
        let records = self.lock();
        let errors = records
            .iter()
            .filter_map(|(key, record)| Some((key.clone(), record.reconciled().error?)));
        errors.collect()
    }

    /// Forgets the object.
    pub(crate) fn remove(&self, key: &ObjectKey) -> Option<Arc<Record>> {
        self.lock().remove(key)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ObjectKey, Arc<Record>>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is remembered of one object.
pub(crate) struct Record {
    /// Which object.
    pub(crate) uid: String,
    /// Held while its status is written.
    pub(crate) writing: tokio::sync::Mutex<Written>,
    reconciled: Mutex<Reconciled>,
}

/// What the last reconcile found.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reconciled {
    /// Why the object is not ready.
    pub(crate) error: Option<String>,
    /// The target's kind.
    pub(crate) target: Option<(String, GroupVersionKindResource)>,
    /// Replicas when the target was first seen.
    pub(crate) original_replicas: Option<i32>,
    /// The autoscaler in use.
    pub(crate) autoscaler: Option<String>,
}

/// What was written into the status last.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The status, and the object's version since then.
    pub(crate) status: Option<(String, ScaledObjectStatus)>,
}

impl Record {
    fn new(uid: &str) -> Self {
        Self {
            uid: uid.to_string(),
            writing: tokio::sync::Mutex::default(),
            reconciled: Mutex::default(),
        }
    }

    /// What the last reconcile found.
    pub(crate) fn reconciled(&self) -> Reconciled {
        self.lock().clone()
    }

    /// Changes what the last reconcile found; says whether it is other than before.
    pub(crate) fn note(&self, note: impl FnOnce(&mut Reconciled)) -> bool {
        let mut reconciled = self.lock();
        let before = reconciled.clone();
        note(&mut reconciled);
        before != *reconciled
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Reconciled> {
        self.reconciled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
