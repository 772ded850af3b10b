//! From one state of the files to the next: what starts, what changes, what ends.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use operator_api::{Document, Object, ObjectKey, Process, ScaledObject};
use operator_engine::port::{Clock, ScaleTarget, SystemClock};
use operator_engine::{Engine, ObjectSpec, TriggerSpec, TriggerSpecKind, specification};
use operator_scaling::{Home, Millis};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::launch::Launch;
use super::source::Source;
use super::target::{self, KeptTarget, state_name};
use super::told::Told;
use super::view::{Published, Written};
use super::world::{self, World};
use super::{ObjectError, RunOptions};
use crate::manifests::Snapshot;
use crate::processes::{AdoptionSettings, ProcessSet, ProcessSettings};
use crate::state::StateDirectory;

const PROCESS: (&str, &str) = ("penstock.dev/v1alpha1", "Process");

pub(super) struct Reconciler {
    settings: ProcessSettings,
    dry_run: bool,
    engine: Arc<Engine>,
    world: Arc<World>,
    state: Option<Arc<StateDirectory>>,
    tracker: TaskTracker,
    /// Parent of all sets' tokens.
    replicas: CancellationToken,
    /// Leaves the replicas of all sets to the next penstock.
    leave: CancellationToken,
    adopt: Option<Duration>,
    processes: BTreeMap<ObjectKey, Running>,
    objects: BTreeMap<ObjectKey, Applied>,
    told: Told,
    /// Of everything that triggers are resolved from.
    sources: u64,
}

/// A process as it was last applied.
struct Running {
    process: Process,
    base: PathBuf,
    target: Arc<KeptTarget>,
}

/// A scaled object as it was last applied.
struct Applied {
    object: ScaledObject,
    target: Arc<KeptTarget>,
    /// Of everything its triggers were resolved from.
    sources: u64,
    /// Counts edits.
    generation: i64,
}

pub(super) fn engine_key(key: &ObjectKey) -> operator_engine::ObjectKey {
    operator_engine::ObjectKey::new(&key.namespace, &key.name)
}

/// An object of the files is known by its name alone.
fn uid(key: &ObjectKey) -> String {
    format!("{}.{}.{}", key.kind.to_lowercase(), key.namespace, key.name)
}

impl Reconciler {
    pub(super) fn new(
        options: &RunOptions,
        engine: Arc<Engine>,
        world: Arc<World>,
        state: Option<Arc<StateDirectory>>,
        tracker: TaskTracker,
        (replicas, leave): (CancellationToken, CancellationToken),
    ) -> Self {
        Self {
            settings: options.processes.clone(),
            dry_run: options.engine.dry_run,
            engine,
            world,
            state,
            tracker,
            replicas,
            leave,
            adopt: options.adopt,
            processes: BTreeMap::new(),
            objects: BTreeMap::new(),
            told: Told::default(),
            sources: 0,
        }
    }

    pub(super) async fn apply(&mut self, snapshot: Snapshot) -> Published {
        self.told.findings(&snapshot.findings);
        self.world.set(&snapshot);
        self.sources = world::digest(&snapshot);
        self.remove_objects(&snapshot).await;
        self.remove_processes(&snapshot);
        let mut published = Published {
            findings: snapshot.findings.clone(),
            ..Published::default()
        };
        let written = |key: &ObjectKey, document: &Document| Written {
            key: key.clone(),
            file: document.file.clone(),
            line: document.line,
            kept: snapshot.kept.contains(key),
        };
        for (key, document) in &snapshot.objects {
            if let Object::Process(process) = &document.object {
                let set = self.process(key, process, &document.file);
                published
                    .sets
                    .insert(key.clone(), (written(key, document), set));
            }
        }
        let mut managed = BTreeMap::new();
        for (key, document) in &snapshot.objects {
            let (target, result) = match &document.object {
                Object::ScaledObject(object) => {
                    let name = &object.spec.scale_target_ref.name;
                    let target = ObjectKey::new(PROCESS.1, Some(&key.namespace), name);
                    (target, self.scaled_object(key, object, &mut managed))
                }
                Object::ScaledJob(_) => (
                    ObjectKey::new(PROCESS.1, Some(&key.namespace), ""),
                    Err(ObjectError::ScaledJob),
                ),
                _ => continue,
            };
            published
                .objects
                .push((written(key, document), target, result.err()));
        }
        self.told.objects(&published.objects);
        published
    }

    async fn remove_objects(&mut self, snapshot: &Snapshot) {
        let gone: Vec<ObjectKey> = self
            .objects
            .keys()
            .filter(|key| !snapshot.objects.contains_key(*key))
            .cloned()
            .collect();
        for key in gone {
            let Some(applied) = self.objects.remove(&key) else {
                continue;
            };
            self.engine.remove(&engine_key(&key));
            self.world.forget(&key);
            self.forget(&created_name(&key));
            tracing::info!(object = %key, "object removed");
            let restore = applied.object.spec.advanced.as_ref();
            if restore.is_some_and(|advanced| advanced.restore_to_original_replica_count)
                && !self.dry_run
            {
                // A Process starts out with no replicas.
                let _ = applied.target.scale(0).await;
            }
        }
    }

    fn remove_processes(&mut self, snapshot: &Snapshot) {
        let gone: Vec<ObjectKey> = self
            .processes
            .keys()
            .filter(|k| !snapshot.objects.contains_key(*k))
            .cloned()
            .collect();
        for key in gone {
            let Some(running) = self.processes.remove(&key) else {
                continue;
            };
            running.target.set.end();
            self.forget(&state_name(&key));
            tracing::info!(process = %key, "process removed");
        }
    }

    fn forget(&self, name: &str) {
        if let Some(state) = &self.state
            && let Err(error) = state.remove(name)
        {
            tracing::warn!(%error, "state cannot be removed");
        }
    }

    fn process(&mut self, key: &ObjectKey, process: &Process, file: &Path) -> ProcessSet {
        let parent = file
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let base = parent.unwrap_or(Path::new(".")).to_path_buf();
        let launch = || {
            Arc::new(Launch {
                world: self.world.clone(),
                key: key.clone(),
                spec: process.spec.clone(),
                // Programs and log files are found wherever replicas run.
                base: std::path::absolute(&base).unwrap_or_else(|_| base.clone()),
            })
        };
        if let Some(running) = self.processes.get_mut(key) {
            if running.process.spec != process.spec || running.base != base {
                running.target.set.replace(launch());
                running.process = process.clone();
                running.base.clone_from(&base);
                tracing::info!(process = %key, "process changed, its replicas are exchanged");
            }
            return running.target.set.clone();
        }
        let replicas = target::kept(self.state.as_deref(), key);
        if replicas > 0 {
            tracing::info!(process = %key, replicas, "as many replicas as the last run had");
        }
        let (stop, settings) = (self.replicas.child_token(), self.settings(key));
        let set = ProcessSet::start(&key.name, replicas, launch(), settings, &self.tracker, stop);
        let (state, name) = (self.state.clone(), state_name(key));
        let target = Arc::new(KeptTarget {
            set: set.clone(),
            state,
            name,
        });
        let process = process.clone();
        self.processes.insert(
            key.clone(),
            Running {
                process,
                base,
                target,
            },
        );
        set
    }

    fn settings(&self, process: &ObjectKey) -> ProcessSettings {
        let adoption = self.state.as_ref().map(|state| {
            let name = format!("{}.{}", process.namespace, process.name);
            let directory = state.path().join("guards").join(name);
            AdoptionSettings {
                directory,
                bound: self.adopt,
                leave: self.leave.clone(),
            }
        });
        ProcessSettings {
            adoption,
            ..self.settings.clone()
        }
    }

    fn scaled_object(
        &mut self,
        key: &ObjectKey,
        object: &ScaledObject,
        managed: &mut BTreeMap<ObjectKey, String>,
    ) -> Result<(), ObjectError> {
        match self.target(key, object, managed) {
            Ok((process, target)) => {
                let known = self.objects.get(key);
                let same = known.is_some_and(|known| {
                    known.object.spec == object.spec
                        && known.object.metadata.annotations == object.metadata.annotations
                        && Arc::ptr_eq(&known.target, &target)
                        && known.sources == self.sources
                });
                let generation = known.map_or(0, |known| known.generation + 1);
                if same {
                    return Ok(());
                }
                // Until the edit is mended the object goes on as it was.
                let mut spec = self.specification(key, object, process, target.clone())?;
                // A changed Secret is an edit too: the engine resolves again and keeps open what
                // came out the same.
                spec.generation = generation;
                self.engine.apply(spec);
                if generation > 0 {
                    tracing::info!(object = %key, "object changed, or what its triggers need");
                }
                let (object, sources) = (object.clone(), self.sources);
                let applied = Applied {
                    object,
                    target,
                    sources,
                    generation,
                };
                self.objects.insert(key.clone(), applied);
                Ok(())
            }
            Err(error) => {
                if self.objects.remove(key).is_some() {
                    self.engine.remove(&engine_key(key));
                }
                Err(error)
            }
        }
    }

    fn target(
        &self,
        key: &ObjectKey,
        object: &ScaledObject,
        managed: &mut BTreeMap<ObjectKey, String>,
    ) -> Result<(ObjectKey, Arc<KeptTarget>), ObjectError> {
        let reference = &object.spec.scale_target_ref;
        if (reference.api_version(), reference.kind()) != PROCESS {
            return Err(ObjectError::NeedsCluster {
                api_version: reference.api_version().to_string(),
                kind: reference.kind().to_string(),
            });
        }
        let process = ObjectKey::new(PROCESS.1, Some(&key.namespace), &reference.name);
        let running = self
            .processes
            .get(&process)
            .ok_or_else(|| ObjectError::MissingProcess(process.clone()))?;
        if let Some(by) = managed.get(&process) {
            let workload = process.name;
            return Err(ObjectError::AlreadyManaged {
                workload,
                by: by.clone(),
            });
        }
        managed.insert(process.clone(), key.name.clone());
        Ok((process, running.target.clone()))
    }

    fn specification(
        &self,
        key: &ObjectKey,
        object: &ScaledObject,
        process: ObjectKey,
        target: Arc<KeptTarget>,
    ) -> Result<ObjectSpec, ObjectError> {
        let as_metric_source = object.spec.modifiers().is_some();
        let mut triggers = Vec::new();
        for (index, trigger) in (0_u32..).zip(&object.spec.triggers) {
            if matches!(trigger.trigger_type.as_str(), "cpu" | "memory") {
                let trigger_type = trigger.trigger_type.clone();
                return Err(ObjectError::ResourceTrigger {
                    index,
                    trigger_type,
                });
            }
            triggers.push(TriggerSpec {
                trigger_type: trigger.trigger_type.clone(),
                name: trigger.name.clone(),
                index,
                metric_type: specification::metric_type(index, trigger)?,
                use_cached_metrics: trigger.use_cached_metrics,
                kind: TriggerSpecKind::Source(Arc::new(Source {
                    world: self.world.clone(),
                    object: key.clone(),
                    process: process.clone(),
                    index,
                    trigger: trigger.clone(),
                    as_metric_source,
                })),
            });
        }
        Ok(ObjectSpec {
            key: engine_key(key),
            uid: uid(key),
            generation: 0,
            created_at: self.created(key),
            spec: specification::scaling_spec(object)?,
            triggers,
            target_text: format!(
                "{}.{} {}/{}",
                PROCESS.0, PROCESS.1, process.namespace, process.name
            ),
            target,
            home: Home::Builtin,
            dry_run: false,
        })
    }

    /// Files do not say when an object was created: it is when it was first seen.
    fn created(&self, key: &ObjectKey) -> Millis {
        let name = created_name(key);
        let now = SystemClock.now();
        let Some(state) = &self.state else { return now };
        if let Some(created) = state.read(&name) {
            return created;
        }
        if let Err(error) = state.write(&name, &now) {
            tracing::warn!(%error, "the time of creation cannot be kept");
        }
        now
    }
}

fn created_name(key: &ObjectKey) -> String {
    format!("created.{}", uid(key))
}
