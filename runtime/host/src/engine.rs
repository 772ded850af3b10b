use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy,
};

use crate::{HostError, Limits};

/// How often a computing component is interrupted, to let others run and to look at its budget.
/// Ten milliseconds keep a 1 s CPU budget exact to a hundredth at no measurable cost.
pub(crate) const EPOCH: Duration = Duration::from_millis(10);

/// The wasmtime engine and the thread that advances its epoch.
pub(crate) struct SandboxEngine {
    engine: Engine,
    stop: Arc<AtomicBool>,
    ticker: Option<JoinHandle<()>>,
}

impl SandboxEngine {
    pub(crate) fn new(limits: &Limits) -> Result<Self, HostError> {
        let failed = |e: wasmtime::Error| HostError::Engine(format!("{e:#}"));
        let engine = Engine::new(&config(limits)).map_err(failed)?;
        let stop = Arc::new(AtomicBool::new(false));
        let ticker = {
            let (engine, stop) = (engine.weak(), stop.clone());
            std::thread::Builder::new()
                .name("penstock-epoch".into())
                .spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        std::thread::park_timeout(EPOCH);
                        match engine.upgrade() {
                            Some(engine) => engine.increment_epoch(),
                            None => break,
                        }
                    }
                })
                .map_err(|e| HostError::Engine(e.to_string()))?
        };
        Ok(Self {
            engine,
            stop,
            ticker: Some(ticker),
        })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }
}

impl Drop for SandboxEngine {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(ticker) = self.ticker.take() {
            ticker.thread().unpark();
            // The thread cannot panic; nothing would be left to do if it had.
            let _ = ticker.join();
        }
    }
}

/// Settings for an engine that only compiles: it must reserve nothing.
pub(crate) fn compiling(limits: &Limits) -> Config {
    let mut config = config(limits);
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    config
}

fn config(limits: &Limits) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    // A component of the SDK has one memory; one of Python or JavaScript has several core
    // instances and tables, hence the factors.
    pool.total_component_instances(limits.instances)
        .total_core_instances(limits.instances.saturating_mul(4))
        .total_memories(limits.instances)
        .total_tables(limits.instances.saturating_mul(4))
        .total_stacks(limits.instances)
        .max_core_instances_per_component(64)
        .max_memories_per_component(16)
        .max_tables_per_component(64)
        .max_memory_size(limits.memory_bytes)
        .table_elements(limits.table_elements)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20)
        // Unused slots give their memory back at once: idle must stay small.
        .max_unused_warm_slots(16)
        .linear_memory_keep_resident(0);
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .wasm_component_model(true)
        .epoch_interruption(true)
        .max_wasm_stack(512 << 10)
        .async_stack_size(1 << 20)
        // Text of a trap with function names costs symbol look-ups on each trap; a component
        // that traps at every poll must stay cheap.
        .wasm_backtrace_max_frames(None)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}
