//! What a store carries: the trigger it works for, and how far it may go.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runtime_types::{Description, Outcome, Trigger};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::capability::{clock, dns::Pins, http::HttpGate, kv::KvStore, log::StderrTail, tcp};
use crate::grants::{Grants, Policy};
use crate::limits::{GrowthBudget, Limits, StoreLimiter};
use crate::names::Names;
use crate::redact::Redactor;

/// One trigger as its components see it. Outlives their instances.
pub(crate) struct Scope {
    pub(crate) trigger: Arc<Trigger>,
    pub(crate) grants: Grants,
    pub(crate) redactor: Redactor,
    pub(crate) names: Arc<dyn Names>,
    /// Shared with the scope that replaces this one when the component is swapped.
    pub(crate) kv: Arc<Mutex<KvStore>>,
    /// Addresses that names were looked up to; only these can be connected to by name.
    pub(crate) pins: Mutex<Pins>,
    /// Made on the first TLS connection, since reading certificates costs.
    pub(crate) tls: Mutex<Option<Arc<rustls::ClientConfig>>>,
}

impl Scope {
    pub(crate) fn new(
        trigger: Arc<Trigger>,
        component: &Description,
        policy: &Policy,
        names: Arc<dyn Names>,
        kv: Arc<Mutex<KvStore>>,
    ) -> Self {
        Self {
            grants: Grants::of(component, &trigger, policy),
            redactor: Redactor::new(component, &trigger),
            trigger,
            names,
            kv,
            pins: Mutex::default(),
            tls: Mutex::default(),
        }
    }
}

/// A lock whose data stays usable when a holder panicked: all data here is replaced whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts and marks of the call that is running.
#[derive(Debug, Default)]
pub(crate) struct Call {
    /// Set during `check`, which may call nothing but the log.
    pub(crate) pure: bool,
    pub(crate) log_lines: u32,
    pub(crate) log_lines_dropped: u64,
    /// Outcomes given through `sharing.report`.
    pub(crate) reports: HashMap<u32, Outcome>,
}

/// The data of one store.
pub(crate) struct GuestState {
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    http_gate: HttpGate,
    pub(crate) limiter: StoreLimiter,
    pub(crate) limits: Arc<Limits>,
    pub(crate) scope: Arc<Scope>,
    pub(crate) connections: Arc<tcp::ConnectionCount>,
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
            scope,
            connections,
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
        self.connections.reset();
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
