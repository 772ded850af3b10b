use std::future::Future;
use std::sync::Arc;

use runtime_types::{Checked, Outcome, ParameterError, Unknown, UnknownReason};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use wasmtime::{Store, Trap, UpdateDeadline};

use crate::abi::v1;
use crate::component::LoadedComponent;
use crate::permit::{Meter, Permitted};
use crate::runtime::Runtime;
use crate::state::{GuestState, Scope};

/// One running component. Whatever goes wrong in a call, its owner drops it: nothing of a store
/// that trapped or was cut off in the middle is used again.
pub(crate) struct Instance {
    store: Store<GuestState>,
    plugin: v1::Plugin,
    meter: Meter,
    runtime: Arc<Runtime>,
    component: Arc<LoadedComponent>,
    /// The open trigger's handle.
    handle: Option<u32>,
    _alive: OwnedSemaphorePermit,
}

/// The component used up its CPU time.
#[derive(Debug, thiserror::Error)]
#[error("computed for longer than {0:?}")]
struct CpuExceeded(std::time::Duration);

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
        let state = GuestState::new(
            scope,
            runtime.limits.clone(),
            &runtime.clock,
            runtime.http.clone(),
            runtime.growth.clone(),
        );
        let meter = Meter::new();
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
            Err(_) => return Err(overdue(runtime, "starting")),
        };
        Ok(Self {
            store,
            plugin,
            meter,
            runtime: runtime.clone(),
            component: component.clone(),
            handle: None,
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

    /// Opens the scope's trigger. The error is the outcome that stands for a failed poll.
    pub(crate) async fn open(&mut self, deadline: Instant) -> Result<(), Outcome> {
        let trigger = v1::lower_trigger(&self.store.data().scope.trigger);
        self.begin(false);
        let scaler = self.plugin.penstock_scaler_scaler();
        let call = scaler.call_open(&mut self.store, &trigger);
        let opened = run(&self.runtime, &self.meter, deadline, "open", call).await;
        match self.end("open", opened).map_err(Outcome::Unknown)? {
            Ok(handle) => {
                self.handle = Some(handle);
                Ok(())
            }
            Err(error) => Err(v1::lift_open_error(error)),
        }
    }

    /// Polls the open trigger. `Err` when the instance is spent.
    pub(crate) async fn poll(&mut self, deadline: Instant) -> Result<Outcome, Unknown> {
        let Some(handle) = self.handle else {
            let message = "polled before it was opened";
            return Err(Unknown::new(UnknownReason::Other, message));
        };
        self.begin(false);
        let handles = [handle];
        let scaler = self.plugin.penstock_scaler_scaler();
        let call = scaler.call_poll(&mut self.store, &handles);
        let polled = run(&self.runtime, &self.meter, deadline, "poll", call).await;
        let polled = self.end("poll", polled);
        // What was reported before a trap counts: it is what the source said.
        let reported = self.store.data_mut().call.reports.remove(&handle);
        match (polled, reported) {
            (Ok(outcomes), reported) => outcomes
                .into_iter()
                .find(|(of, _)| *of == handle)
                .map(|(_, outcome)| v1::lift_outcome(outcome))
                .or(reported)
                .ok_or_else(|| {
                    let message = "the component gave no outcome for its handle";
                    Unknown::new(UnknownReason::Malformed, message)
                }),
            (Err(_), Some(outcome)) => Ok(outcome),
            (Err(unknown), None) => Err(unknown),
        }
    }

    fn begin(&mut self, pure: bool) {
        self.store.data_mut().begin_call(pure);
        self.store.set_epoch_deadline(1);
        self.meter.reset();
    }

    fn end<T>(&mut self, call: &str, result: Called<T>) -> Result<T, Unknown> {
        let state = self.store.data();
        if state.call.log_lines_dropped > 0 {
            let dropped = state.call.log_lines_dropped;
            let trigger = &state.scope.trigger;
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
        match result {
            Called::Returned(value) => Ok(value),
            Called::Trapped(error) => Err(explain(&mut self.store, call, &error)),
            Called::Overdue => Err(overdue(&self.runtime, call)),
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

fn overdue(runtime: &Runtime, call: &str) -> Unknown {
    let limit = runtime.limits.call_timeout;
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
