use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use wasmtime::component::Linker;

use crate::capability::clock::WallClock;
use crate::capability::http::HttpClients;
use crate::compiler::Compiler;
use crate::component;
use crate::engine::SandboxEngine;
use crate::in_flight::InFlight;
use crate::limits::GrowthBudget;
use crate::sharing::Groups;
use crate::state::GuestState;
use crate::warm::WarmInstances;
use crate::{AotCache, HostError, KubeRead, Limits, Names, Policy};

/// What all components of one process share.
pub(crate) struct Runtime {
    pub(crate) sandbox: SandboxEngine,
    pub(crate) linker: Linker<GuestState>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) policy: Policy,
    pub(crate) cache: Option<AotCache>,
    pub(crate) compiler: Option<Compiler>,
    pub(crate) clock: WallClock,
    pub(crate) names: Arc<dyn Names>,
    pub(crate) kube_read: Option<Arc<dyn KubeRead>>,
    pub(crate) http: Arc<HttpClients>,
    pub(crate) growth: Arc<GrowthBudget>,
    pub(crate) in_flight: InFlight,
    /// How many components compute at one time.
    pub(crate) cpu: Arc<Semaphore>,
    /// How many instances are alive.
    pub(crate) instances: Arc<Semaphore>,
    pub(crate) warm: WarmInstances,
    pub(crate) groups: Groups,
    /// Tasks of shared instances. Each ends with the last trigger that holds it.
    pub(crate) tasks: TaskTracker,
}

impl Runtime {
    pub(crate) fn new(
        limits: Limits,
        policy: Policy,
        cache: Option<AotCache>,
        compiler: Option<Compiler>,
        clock: WallClock,
        names: Arc<dyn Names>,
        kube_read: Option<Arc<dyn KubeRead>>,
    ) -> Result<Self, HostError> {
        let sandbox = SandboxEngine::new(&limits)?;
        let linker =
            component::linker(sandbox.engine()).map_err(|e| HostError::Engine(format!("{e:#}")))?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            linker,
            http: Arc::new(HttpClients::new(&policy, names.clone())),
            growth: GrowthBudget::new(&limits),
            in_flight: InFlight::new(&limits),
            cpu: Arc::new(Semaphore::new(cores)),
            instances: Arc::new(Semaphore::new(limits.instances as usize)),
            warm: WarmInstances::new(limits.warm_instances),
            groups: Groups::default(),
            tasks: TaskTracker::new(),
            sandbox,
            limits: Arc::new(limits),
            policy,
            cache,
            compiler,
            clock,
            names,
            kube_read,
        })
    }
}
