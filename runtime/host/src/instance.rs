use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use runtime_types::{Checked, Outcome, ParameterError, Unknown, UnknownReason};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use wasmtime::{Store, Trap, UpdateDeadline};

use crate::abi::v1;
use crate::component::LoadedComponent;
use crate::permit::{Meter, Permitted};
use crate::runtime::Runtime;
use crate::sharing::Asked;
use crate::state::{GuestState, Scope};

/// One running component. Whatever goes wrong in a call, its owner drops it: nothing of a store
/// that trapped or was cut off in the middle is used again.
pub(crate) struct Instance {
    store: Store<GuestState>,
    plugin: v1::Plugin,
    meter: Meter,
    runtime: Arc<Runtime>,
    component: Arc<LoadedComponent>,
    /// Handles of the open triggers, by the triggers' numbers.
    handles: HashMap<u64, u32>,
    /// What its triggers are told that the limit was.
    patience: Duration,
    _alive: OwnedSemaphorePermit,
}

/// The component used up its CPU time.
#[derive(Debug, thiserror::Error)]
#[error("computed for longer than {0:?}")]
struct CpuExceeded(Duration);

/// What a poll of several triggers left over.
pub(crate) struct Polled {
    /// Who got no outcome.
    pub(crate) unanswered: Vec<Asked>,
    /// Who was told that the user must change something.
    pub(crate) misconfigured: Vec<u64>,
    /// Whom the component worked for last.
    pub(crate) suspect: Option<Arc<Scope>>,
    /// Why the instance is spent, if it is.
    pub(crate) ended: Option<Unknown>,
}

impl Instance {
    /// Starts the component for `scope`, until `deadline`.
    pub(crate) async fn start(
        runtime: &Arc<Runtime>,
        component: &Arc<LoadedComponent>,
        scope: Arc<Scope>,
        deadline: Instant,
    ) -> Result<Self, Unknown> {
        let alive = tokio::time::timeout_at(deadline, runtime.instances.clone().acquire_owned());
        let Ok(Ok(alive)) = alive.await else {
            let message = format!("all {} instances are busy", runtime.limits.instances);
            return Err(Unknown::new(UnknownReason::LimitExceeded, message));
        };
        let patience = scope.patience;
        let meter = Meter::new();
        let state = GuestState::new(
            scope,
            runtime.limits.clone(),
            &runtime.clock,
            runtime.http.clone(),
            runtime.growth.clone(),
            runtime.kube_read.clone(),
            meter.clone(),
        );
        let mut store = Store::new(runtime.sandbox.engine(), state);
        store.limiter(|state| &mut state.limiter);
        store.set_epoch_deadline(1);
        let (budget, measured) = (runtime.limits.cpu_per_call, meter.clone());
        store.epoch_deadline_callback(move |_| {
            if measured.spent() > budget {
                return Err(CpuExceeded(budget).into());
            }
            Ok(UpdateDeadline::Yield(1))
        });
        let starting = Permitted::new(
            component.instantiate(&mut store),
            runtime.cpu.clone(),
            meter.clone(),
        );
        let plugin = match tokio::time::timeout_at(deadline, starting).await {
            Ok(Ok(plugin)) => plugin,
            Ok(Err(error)) => return Err(explain(&mut store, "starting", &error)),
            Err(_) => return Err(overdue(patience, "starting")),
        };
        Ok(Self {
            store,
            plugin,
            meter,
            runtime: runtime.clone(),
            component: component.clone(),
            handles: HashMap::new(),
            patience,
            _alive: alive,
        })
    }

    pub(crate) fn component(&self) -> &Arc<LoadedComponent> {
        &self.component
    }

    /// Reads the parameters.
    pub(crate) async fn check(
        &mut self,
        deadline: Instant,
    ) -> Result<Result<Checked, Vec<ParameterError>>, Unknown> {
        let trigger = v1::lower_trigger(&self.store.data().scope.trigger);
        self.begin(true);
        let scaler = self.plugin.penstock_scaler_scaler();
        let call = scaler.call_check(&mut self.store, &trigger);
        let checked = run(&self.runtime, &self.meter, deadline, "check", call).await;
        match self.end("check", checked)? {
            Ok(checked) => Ok(Ok(v1::lift_checked(checked)?)),
            Err(errors) => Ok(Err(v1::lift_errors(errors))),
        }
    }

    /// Opens a trigger. `Err` when the instance is spent; the error inside is the outcome that stands
    /// for a failed poll.
    pub(crate) async fn open(
        &mut self,
        number: u64,
        scope: &Arc<Scope>,
        deadline: Instant,
    ) -> Result<Result<(), Outcome>, Unknown> {
        let trigger = v1::lower_trigger(&scope.trigger);
        self.begin(false);
        self.store.data_mut().attribute(scope);
        let scaler = self.plugin.penstock_scaler_scaler();
        let call = scaler.call_open(&mut self.store, &trigger);
        let opened = run(&self.runtime, &self.meter, deadline, "open", call).await;
        let handle = match self.end("open", opened)? {
            Ok(handle) => handle,
            Err(error) => return Ok(Err(v1::lift_open_error(error))),
        };
        let before = self.store.data_mut().open.insert(handle, scope.clone());
        if before.is_some() {
            let message = format!("the component gave handle {handle} to two triggers");
            return Err(Unknown::new(UnknownReason::Malformed, message));
        }
        self.handles.insert(number, handle);
        Ok(Ok(()))
    }

    /// Whether that trigger is open.
    pub(crate) fn has(&self, number: u64) -> bool {
        self.handles.contains_key(&number)
    }

    /// Tells the component that a trigger is gone. `Err` when the instance is spent.
    pub(crate) async fn close(&mut self, number: u64, deadline: Instant) -> Result<(), Unknown> {
        let Some(handle) = self.handles.remove(&number) else {
            return Ok(());
        };
        self.begin(false);
        if let Some(scope) = self.store.data_mut().open.remove(&handle) {
            self.store.data_mut().attribute(&scope);
        }
        let scaler = self.plugin.penstock_scaler_scaler();
        let call = scaler.call_close(&mut self.store, handle);
        let closed = run(&self.runtime, &self.meter, deadline, "close", call).await;
        self.end("close", closed)
    }

    /// Polls open triggers, and answers each as soon as the component reports it.
    pub(crate) async fn poll(&mut self, asked: Vec<Asked>, deadline: Instant) -> Polled {
        self.begin(false);
        let state = self.store.data_mut();
        let mut handles = Vec::with_capacity(asked.len());
        for asked in asked {
            // Who is not open gets no outcome, and is found among the unanswered.
            let handle = self.handles.get(&asked.number).copied();
            let Some(handle) = handle else { continue };
            handles.push(handle);
            state.call.polled.insert(handle, false);
            state.call.awaited.insert(handle, asked);
        }
        // One alone need not be named by the component.
        if let [single] = handles[..] {
            state.enter(single);
        }
        let scaler = self.plugin.penstock_scaler_scaler();
        let call = scaler.call_poll(&mut self.store, &handles);
        let polled = run(&self.runtime, &self.meter, deadline, "poll", call).await;
        let polled = self.end("poll", polled);
        let state = self.store.data_mut();
        let ended = match polled {
            Ok(outcomes) => {
                for (handle, outcome) in outcomes {
                    state.report(handle, v1::lift_outcome(outcome));
                }
                None
            }
            Err(unknown) => Some(unknown),
        };
        let call = std::mem::take(&mut state.call);
        if call.strays > 0 {
            let (name, strays) = (&self.component.description.name, call.strays);
            tracing::warn!(
                name,
                strays,
                "a component spoke of handles that it was not asked about"
            );
        }
        let entered = call.entered.and_then(|handle| state.open.get(&handle));
        Polled {
            unanswered: call.awaited.into_values().collect(),
            misconfigured: call.misconfigured.into_iter().collect(),
            suspect: entered.cloned(),
            ended,
        }
    }

    fn begin(&mut self, pure: bool) {
        self.store.data_mut().begin_call(pure);
        self.store.set_epoch_deadline(1);
        self.meter.reset();
    }

    fn end<T>(&mut self, call: &str, result: Called<T>) -> Result<T, Unknown> {
        self.store.data_mut().tell_dropped_lines();
        match result {
            Called::Returned(value) => Ok(value),
            Called::Trapped(error) => Err(explain(&mut self.store, call, &error)),
            Called::Overdue => Err(overdue(self.patience, call)),
        }
    }
}

/// How a call ended.
enum Called<T> {
    Returned(T),
    Trapped(wasmtime::Error),
    Overdue,
}

async fn run<T>(
    runtime: &Runtime,
    meter: &Meter,
    deadline: Instant,
    call: &'static str,
    guest: impl Future<Output = wasmtime::Result<T>>,
) -> Called<T> {
    let guest = Permitted::new(guest, runtime.cpu.clone(), meter.clone());
    match tokio::time::timeout_at(deadline, guest).await {
        Ok(Ok(value)) => Called::Returned(value),
        Ok(Err(error)) => Called::Trapped(error),
        Err(_) => {
            tracing::debug!(call, "a component was cut off");
            Called::Overdue
        }
    }
}

fn overdue(limit: Duration, call: &str) -> Unknown {
    let message = format!("no answer within {limit:?} ({call} was cut off)");
    Unknown::new(UnknownReason::TimedOut, message)
}

/// Says in one sentence why a component ended.
fn explain(store: &mut Store<GuestState>, call: &str, error: &wasmtime::Error) -> Unknown {
    let state = store.data_mut();
    if let Some(cpu) = error.downcast_ref::<CpuExceeded>() {
        return Unknown::new(
            UnknownReason::LimitExceeded,
            format!("the component {cpu} in {call}"),
        );
    }
    if let Some(refused) = state.limiter.take_refused() {
        let message = format!("the component {refused} ({call})");
        return Unknown::new(UnknownReason::LimitExceeded, message);
    }
    let why = match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => "its stack overflowed".to_string(),
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    };
    let last_words = state
        .stderr
        .last_words()
        .map_or_else(String::new, |words| format!(": {words}"));
    let message = format!("the component crashed in {call}: {why}{last_words}");
    Unknown::new(UnknownReason::Crashed, message)
}
