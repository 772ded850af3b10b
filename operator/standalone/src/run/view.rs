use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use operator_api::{Finding, ObjectKey};
use operator_engine::Engine;
use serde::Serialize;

use super::world::World;
use super::{ObjectError, reconcile};
use crate::processes::{ProcessSet, SetStatus};

/// Everything there is to show.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// ScaledObjects and ScaledJobs of the files.
    pub objects: Vec<ObjectView>,
    /// Processes of the files.
    pub processes: Vec<ProcessView>,
    /// Errors and warnings of the files.
    pub findings: Vec<Finding>,
}

/// A ScaledObject or ScaledJob of the files.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectView {
    /// Which.
    pub key: ObjectKey,
    /// Its file.
    pub file: Arc<Path>,
    /// The line it begins at.
    pub line: u32,
    /// Its file is broken now: this is its last good state.
    pub kept: bool,
    /// The Process it scales.
    pub target: ObjectKey,
    /// Why it cannot be run as it is written: reason and sentence.
    pub error: Option<(&'static str, String)>,
    /// What was missing when its triggers were last resolved: position, reason, sentence.
    pub notices: Vec<(u32, &'static str, String)>,
    /// What the engine knows of it.
    pub snapshot: Option<Arc<operator_engine::Snapshot>>,
}

/// A Process of the files.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessView {
    /// Which.
    pub key: ObjectKey,
    /// Its file.
    pub file: Arc<Path>,
    /// The line it begins at.
    pub line: u32,
    /// Its file is broken now: this is its last good state.
    pub kept: bool,
    /// Its replicas.
    pub status: SetStatus,
}

/// How a run ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drained {
    /// Objects whose tasks did not end in time.
    pub unfinished: Vec<operator_engine::ObjectKey>,
    /// Processes with the number of their replicas that did not end in time. Their guards end them.
    pub left: Vec<(ObjectKey, usize)>,
    /// Processes with the number of their replicas that wait for the next penstock.
    pub adoptable: Vec<(ObjectKey, usize)>,
    /// Why the run ended by itself, if it did.
    pub failed: Option<String>,
}

/// What the files came to, without what changes by itself.
#[derive(Default)]
pub(super) struct Published {
    pub(super) objects: Vec<(Written, ObjectKey, Option<ObjectError>)>,
    pub(super) sets: BTreeMap<ObjectKey, (Written, ProcessSet)>,
    pub(super) findings: Vec<Finding>,
}

/// Where an object is written.
#[derive(Clone)]
pub(super) struct Written {
    pub(super) key: ObjectKey,
    pub(super) file: Arc<Path>,
    pub(super) line: u32,
    pub(super) kept: bool,
}

impl Published {
    pub(super) fn view(&self, engine: &Engine, world: &World) -> View {
        let objects = self
            .objects
            .iter()
            .map(|(written, target, error)| ObjectView {
                key: written.key.clone(),
                file: written.file.clone(),
                line: written.line,
                kept: written.kept,
                target: target.clone(),
                error: error.as_ref().map(|e| (e.reason(), e.to_string())),
                notices: world
                    .notices(&written.key)
                    .into_iter()
                    .map(|(index, notice)| (index, notice.reason, notice.message))
                    .collect(),
                snapshot: engine.snapshot(&reconcile::engine_key(&written.key)),
            });
        let processes = self.sets.iter().map(|(key, (written, set))| ProcessView {
            key: key.clone(),
            file: written.file.clone(),
            line: written.line,
            kept: written.kept,
            status: set.status(),
        });
        View {
            objects: objects.collect(),
            processes: processes.collect(),
            findings: self.findings.clone(),
        }
    }

    /// Processes with replicas.
    pub(super) fn running(&self) -> Vec<(ObjectKey, usize)> {
        self.sets
            .iter()
            .map(|(key, (_, set))| (key.clone(), set.status().replicas.len()))
            .filter(|(_, replicas)| *replicas > 0)
            .collect()
    }
}
