//! What a store carries: the trigger it works for, and how far it may go.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use runtime_types::{Description, Outcome, Role, Trigger};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::KubeRead;
use crate::capability::{clock, dns::Pins, http::HttpGate, kv::KvStore, log::StderrTail, tcp};
use crate::grants::{Grants, Policy, value_of};
use crate::limits::{GrowthBudget, Limits, StoreLimiter};
use crate::names::Names;
use crate::permit::Meter;
use crate::redact::Redactor;
use crate::sharing::{Asked, Company};
use crate::timeout;

/// One trigger as its components see it. Outlives their instances.
pub(crate) struct Scope {
    pub(crate) trigger: Arc<Trigger>,
    pub(crate) grants: Grants,
    pub(crate) redactor: Redactor,
    pub(crate) names: Arc<dyn Names>,
    /// Shared with the scope that replaces this one when the component is swapped.
    pub(crate) kv: Arc<Mutex<KvStore>>,
    pub(crate) reach: Reach,
    /// Whether it may share an instance now.
    pub(crate) company: Arc<Company>,
    /// How long one call for it may take.
    pub(crate) patience: Duration,
}

/// What connections depend on beside the grants: the same for all triggers of one instance.
#[derive(Clone, Default)]
pub(crate) struct Reach {
    /// Addresses that names were looked up to; only these can be connected to by name.
    pub(crate) pins: Arc<Mutex<Pins>>,
    /// Made on the first TLS connection, since reading certificates costs.
    pub(crate) tls: Arc<Mutex<Option<Arc<rustls::ClientConfig>>>>,
}

impl Scope {
    pub(crate) fn new(
        trigger: Arc<Trigger>,
        component: &Description,
        policy: &Policy,
        names: Arc<dyn Names>,
        limits: &Limits,
    ) -> Self {
        Self {
            grants: Grants::of(component, &trigger, policy),
            redactor: Redactor::new(component, &trigger),
            patience: patience(component, &trigger, limits),
            trigger,
            names,
            kv: Arc::default(),
            reach: Reach::default(),
            company: Arc::default(),
        }
    }
}

/// How long one call for a trigger may take: what all have, or more where the trigger's own time-out
/// is longer.
fn patience(component: &Description, trigger: &Trigger, limits: &Limits) -> Duration {
    let own = component
        .trigger_type(&trigger.trigger_type)
        .into_iter()
        .flat_map(|t| &t.parameters)
        .filter(|p| p.has_role(Role::Timeout))
        .filter_map(|p| timeout::read(p.kind, value_of(p, trigger)?))
        .max();
    match own {
        // The component's own clock shall run out first: it knows better what was waited for.
        Some(own) => (own + limits.call_timeout / 10)
            .min(limits.longest_call_timeout)
            .max(limits.call_timeout),
        None => limits.call_timeout,
    }
}

/// A lock whose data stays usable when a holder panicked: all data here is replaced whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts and marks of the call that is running.
#[derive(Default)]
pub(crate) struct Call {
    /// Set during `check`, which may call nothing but the log.
    pub(crate) pure: bool,
    pub(crate) log_lines: u32,
    pub(crate) log_lines_dropped: u64,
    /// Reads of the cluster, for the trigger that is worked for.
    pub(crate) kube_reads: u32,
    /// What is polled in this call and has no outcome yet.
    pub(crate) awaited: HashMap<u32, Asked>,
    /// All that is polled in this call; true once it was entered.
    pub(crate) polled: HashMap<u32, bool>,
    /// What the component works for now.
    pub(crate) entered: Option<u32>,
    /// Triggers that were answered with a configuration error.
    pub(crate) misconfigured: HashSet<u64>,
    /// Outcomes for handles that were not asked for, or had one.
    pub(crate) strays: u64,
}

/// The data of one store.
pub(crate) struct GuestState {
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    http_gate: HttpGate,
    pub(crate) limiter: StoreLimiter,
    pub(crate) limits: Arc<Limits>,
    /// What calls are attributed to while no trigger is entered.
    home: Arc<Scope>,
    /// What the running call is attributed to now.
    pub(crate) scope: Arc<Scope>,
    /// The open triggers, by their handles.
    pub(crate) open: HashMap<u32, Arc<Scope>>,
    meter: Meter,
    pub(crate) connections: Arc<tcp::ConnectionCount>,
    /// Where the cluster is read; `None`: there is none.
    pub(crate) kube_read: Option<Arc<dyn KubeRead>>,
    pub(crate) call: Call,
    pub(crate) stderr: StderrTail,
}

impl GuestState {
    pub(crate) fn new(
        scope: Arc<Scope>,
        limits: Arc<Limits>,
        clock: &clock::WallClock,
        http: Arc<crate::capability::http::HttpClients>,
        growth: Arc<GrowthBudget>,
        kube_read: Option<Arc<dyn KubeRead>>,
        meter: Meter,
    ) -> Self {
        let connections = Arc::new(tcp::ConnectionCount::new(limits.connections_per_call));
        let stderr = StderrTail::default();
        let mut wasi = WasiCtx::builder();
        wasi.wall_clock(clock.clone())
            .allow_udp(false)
            .allow_tcp(true)
            .allow_ip_name_lookup(false)
            .socket_addr_check(tcp::check(scope.clone(), connections.clone()))
            .stderr(stderr.clone());
        let mut table = ResourceTable::new();
        // Handles of a component: sockets, streams, headers. Far above what any needs.
        table.set_max_capacity(4096);
        Self {
            table,
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            http_gate: HttpGate::new(scope.clone(), http, limits.clone(), connections.clone()),
            limiter: StoreLimiter::new(&limits, growth),
            limits,
            home: scope.clone(),
            scope,
            open: HashMap::new(),
            meter,
            connections,
            kube_read,
            call: Call::default(),
            stderr,
        }
    }

    /// Begins a call: counters start anew.
    pub(crate) fn begin_call(&mut self, pure: bool) {
        self.call = Call {
            pure,
            ..Call::default()
        };
        self.scope = self.home.clone();
        self.connections.reset();
    }

    /// From here on the component works for `handle`. Handles that are not part of this call change
    /// nothing: a component cannot write into the memory of a trigger it was not asked about.
    pub(crate) fn enter(&mut self, handle: u32) {
        let Some(before) = self.call.polled.get_mut(&handle) else {
            self.call.strays += 1;
            return;
        };
        let first = !std::mem::replace(before, true);
        let Some(scope) = self.open.get(&handle).cloned() else {
            return;
        };
        if first {
            // Each trigger has its own allowance, once a call.
            self.tell_dropped_lines();
            self.call.log_lines = 0;
            self.call.kube_reads = 0;
            self.meter.restart();
        }
        self.scope = scope;
        self.call.entered = Some(handle);
    }

    /// The outcome of a handle. The first one counts, and only for what this call asked about.
    pub(crate) fn report(&mut self, handle: u32, outcome: Outcome) {
        let Some(asked) = self.call.awaited.remove(&handle) else {
            self.call.strays += 1;
            return;
        };
        if matches!(outcome, Outcome::Config(_)) {
            self.call.misconfigured.insert(asked.number);
        }
        asked.answer(outcome);
    }

    /// Begins a call that is about the trigger of `scope` alone.
    pub(crate) fn attribute(&mut self, scope: &Arc<Scope>) {
        self.scope = scope.clone();
    }

    /// Logs how many log lines of the trigger that was worked for were dropped.
    pub(crate) fn tell_dropped_lines(&mut self) {
        let dropped = std::mem::take(&mut self.call.log_lines_dropped);
        if dropped > 0 {
            let trigger = &self.scope.trigger;
            let (kind, namespace, object) =
                (&trigger.trigger_type, &trigger.namespace, &trigger.object);
            tracing::warn!(
                kind,
                namespace,
                object,
                dropped,
                "log lines of a scaler dropped"
            );
        }
    }

    /// An error that ends the component when it calls this from `check`.
    pub(crate) fn impure(&self, import: &str) -> wasmtime::Result<()> {
        if self.call.pure {
            wasmtime::bail!("`check` must not call {import}");
        }
        Ok(())
    }
}

impl WasiView for GuestState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for GuestState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.http_gate,
        }
    }
}
