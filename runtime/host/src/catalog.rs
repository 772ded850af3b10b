//! Folders of component files, and which of them provides which trigger type. Files may come, go
//! and be replaced at any time: the next poll uses what is there, and a file that does not load
//! leaves the last one that did in use.

mod folder;
mod slot;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use runtime_types::{Checked, Description, Trigger, Unknown, UnknownReason};
use tokio::time::Instant;

use crate::capability::clock::WallClock;
use crate::compiler::Compiler;
use crate::component::LoadedComponent;
use crate::instance::Instance;
use crate::runtime::Runtime;
use crate::state::Scope;
use crate::{
    AotCache, CheckError, HostError, KubeRead, Limits, Names, OpenTrigger, Policy, SystemNames,
};
use folder::Folders;

/// How a [`Catalog`] is set up.
pub struct CatalogConfig {
    /// Folders with `*.wasm` files. Where two files provide a type, the earlier folder and then
    /// the earlier file name wins.
    pub folders: Vec<PathBuf>,
    /// Where machine code is kept; `None`: components are compiled at every start.
    pub cache: Option<AotCache>,
    /// What compiles components in a process of its own; `None`: they are compiled in this one,
    /// which no limit on memory and no time-out can then protect.
    pub compiler: Option<Compiler>,
    /// What each component may use.
    pub limits: Limits,
    /// What triggers may reach beyond their own endpoints.
    pub policy: Policy,
    /// The wall clock that components see.
    pub clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    /// How names of hosts are resolved.
    pub names: Arc<dyn Names>,
    /// How the cluster is read; `None`: there is none.
    pub kube_read: Option<Arc<dyn KubeRead>>,
}

impl CatalogConfig {
    /// These folders, and defaults: no cache, the machine's clock.
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self {
            folders,
            cache: None,
            compiler: None,
            limits: Limits::default(),
            policy: Policy::default(),
            clock: Arc::new(SystemTime::now),
            names: Arc::new(SystemNames),
            kube_read: None,
        }
    }
}

/// A usable component file.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The file.
    pub path: PathBuf,
    /// What it says of itself.
    pub description: Arc<Description>,
    /// blake3 of the file, in hexadecimal.
    pub digest: String,
}

/// A file in a catalog's folder that is not used, and why.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The file.
    pub path: PathBuf,
    /// Fixed word, see [`HostError::reason`].
    pub reason: &'static str,
    /// One sentence.
    pub message: String,
}

/// See the [module](self). Cheap to clone; clones are the same catalog.
#[derive(Clone)]
pub struct Catalog {
    runtime: Arc<Runtime>,
    folders: Arc<Folders>,
}

impl Catalog {
    /// Sets up the sandbox and reads the folders' descriptions. Nothing is compiled yet.
    ///
    /// # Errors
    /// When the sandbox cannot be set up or a folder cannot be read. A file that is no component
    /// is a [`Fault`], not an error.
    pub fn open(config: CatalogConfig) -> Result<Self, HostError> {
        let clock = WallClock::new(config.clock);
        let runtime = Runtime::new(
            config.limits,
            config.policy,
            config.cache,
            config.compiler,
            clock,
            config.names,
            config.kube_read,
        )?;
        let folders = Folders::read(config.folders, runtime.limits.component_bytes)?;
        Ok(Self {
            runtime: Arc::new(runtime),
            folders: Arc::new(folders),
        })
    }

    /// The components in use, by name.
    pub fn entries(&self) -> Vec<Entry> {
        self.folders.entries()
    }

    /// The component in use for a trigger type.
    pub fn provider(&self, trigger_type: &str) -> Option<Entry> {
        self.folders.slot(trigger_type).map(|slot| slot.entry())
    }

    /// The files that are not used.
    pub fn faults(&self) -> Vec<Fault> {
        self.folders.faults()
    }

    /// What a trigger's parameters mean, without asking any source.
    ///
    /// # Errors
    /// When no component provides the type, a parameter is wrong, or the component fails.
    pub async fn check(&self, trigger: &Trigger) -> Result<Checked, CheckError> {
        if !self.folders.provides(&trigger.trigger_type) {
            return Err(CheckError::UnknownType(trigger.trigger_type.clone()));
        }
        let component = self.component(&trigger.trigger_type).await?;
        // `check` may reach nothing, whatever the operator allows.
        let reach_nothing = Policy::default();
        let scope = Arc::new(Scope::new(
            Arc::new(trigger.clone()),
            &component.description,
            &reach_nothing,
            self.runtime.names.clone(),
            &self.runtime.limits,
        ));
        let deadline = Instant::now() + self.runtime.limits.call_timeout;
        let checked = async {
            let mut instance =
                Instance::start(&self.runtime, &component, scope.clone(), deadline).await?;
            instance.check(deadline).await
        };
        match checked.await {
            Ok(Ok(mut checked)) => {
                let notices = checked.notices.into_iter();
                checked.notices = notices.map(|text| scope.redactor.text(text)).collect();
                Ok(checked)
            }
            Ok(Err(errors)) => Err(CheckError::Config(scope.redactor.errors(errors))),
            Err(unknown) => Err(CheckError::Component(scope.redactor.unknown(unknown))),
        }
    }

    /// Opens a trigger for polling. The source is asked at the first poll.
    pub fn open_trigger(&self, trigger: Arc<Trigger>) -> OpenTrigger {
        OpenTrigger::new(self.clone(), trigger)
    }

    pub(crate) fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// The component for a type as its file is now, compiled.
    pub(crate) async fn component(&self, of: &str) -> Result<Arc<LoadedComponent>, Unknown> {
        match self.folders.slot(of) {
            Some(slot) => slot.component(&self.runtime).await,
            None => Err(Unknown::new(
                UnknownReason::Unloadable,
                format!("no scaler found for type: {of}"),
            )),
        }
    }
}
