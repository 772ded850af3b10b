use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use wasmtime::ResourceLimiter;

/// What one component may use. The defaults fit a scaler that asks one server one question.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long one call of the component may take in all, waiting included. The HTTP time-out that
    /// KEDA's users know is 3 s, and a database may need to wake up: 10 s.
    pub call_timeout: Duration,
    /// The most that a trigger's own time-out may make of it, where the component says which parameter
    /// that is: twice KEDA's usual polling interval, so that a slow source misses a poll or two and not
    /// more.
    pub longest_call_timeout: Duration,
    /// How long one call may compute. Parsing a page of 10 MB takes a tenth of this. Where one call is
    /// for several triggers, each has this by itself.
    pub cpu_per_call: Duration,
    /// Bytes of linear memory an instance may have. A scaler that holds a whole HTTP page and
    /// its parsed form stays below a quarter.
    pub memory_bytes: usize,
    /// Bytes by which all instances together may have grown beyond the memory they start with.
    pub total_growth_bytes: usize,
    /// Elements of all tables of an instance.
    pub table_elements: usize,
    /// Connections one call may open.
    pub connections_per_call: u32,
    /// Log lines one call may write; the rest is counted and dropped.
    pub log_lines_per_call: u32,
    /// Bytes of a response body that the host reads for a component.
    pub body_bytes: u64,
    /// Polls under way at one time against the same endpoint. At KEDA's interval of 30 s and a hung server
    /// this still asks for 750 triggers in time.
    pub polls_per_endpoint: usize,
    /// Polls under way at one time for the same namespace.
    pub polls_per_namespace: usize,
    /// Instances alive at one time, warm ones included.
    pub instances: u32,
    /// Warm instances kept between polls, over all components. Each costs about 150 KiB.
    pub warm_instances: usize,
    /// Bytes of a component file.
    pub component_bytes: u64,
    /// How long compiling one component may take, in time and in CPU time.
    pub compile_timeout: Duration,
    /// Bytes of address space that compiling one component may take, in a process of its own.
    pub compile_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call_timeout: Duration::from_secs(10),
            longest_call_timeout: Duration::from_secs(60),
            cpu_per_call: Duration::from_secs(1),
            memory_bytes: 64 << 20,
            total_growth_bytes: 1 << 30,
            table_elements: 100_000,
            connections_per_call: 64,
            log_lines_per_call: 64,
            body_bytes: 16 << 20,
            polls_per_endpoint: 256,
            polls_per_namespace: 1_000,
            instances: 3_000,
            warm_instances: 1_000,
            component_bytes: 128 << 20,
            compile_timeout: Duration::from_secs(120),
            // 18 MB of Python take a tenth of it.
            compile_bytes: 8 << 30,
        }
    }
}

/// What all instances together have grown by. What each starts with is not counted: it is bounded
/// by their number, and most of it is never touched.
#[derive(Debug)]
pub(crate) struct GrowthBudget {
    used: AtomicUsize,
    most: usize,
}

impl GrowthBudget {
    pub(crate) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            used: AtomicUsize::new(0),
            most: limits.total_growth_bytes,
        })
    }

    fn take(&self, bytes: usize) -> bool {
        let add = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.most);
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add)
            .is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Holds one store to its memory. Remembers a refusal, since a component that runs out of memory
/// only traps with an unspecific `unreachable` afterwards.
#[derive(Debug)]
pub(crate) struct StoreLimiter {
    memory_bytes: usize,
    table_elements: usize,
    grown: usize,
    budget: Arc<GrowthBudget>,
    refused: Option<String>,
}

impl StoreLimiter {
    pub(crate) fn new(limits: &Limits, budget: Arc<GrowthBudget>) -> Self {
        Self {
            memory_bytes: limits.memory_bytes,
            table_elements: limits.table_elements,
            grown: 0,
            budget,
            refused: None,
        }
    }

    /// What was refused last, since the last time this was asked.
    pub(crate) fn take_refused(&mut self) -> Option<String> {
        self.refused.take()
    }
}

impl ResourceLimiter for StoreLimiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let most = maximum.unwrap_or(usize::MAX).min(self.memory_bytes);
        let granted = desired <= most;
        if !granted {
            self.refused = Some(format!(
                "asked for {desired} bytes of memory, {most} are allowed"
            ));
            return Ok(false);
        }
        let growth = if current == 0 { 0 } else { desired - current };
        if !self.budget.take(growth) {
            let most = self.budget.most;
            self.refused = Some(format!(
                "asked for {growth} bytes more while all components together have grown by nearly {most}"
            ));
            return Ok(false);
        }
        self.grown += growth;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let most = maximum.unwrap_or(usize::MAX).min(self.table_elements);
        let granted = desired <= most;
        if !granted {
            self.refused = Some(format!(
                "asked for {desired} table elements, {most} are allowed"
            ));
        }
        Ok(granted)
    }

    // One component is a handful of core instances: the scaler itself, adapters, fixups.
    fn instances(&self) -> usize {
        64
    }

    fn tables(&self) -> usize {
        64
    }

    fn memories(&self) -> usize {
        16
    }
}

/// The memory goes with the store.
impl Drop for StoreLimiter {
    fn drop(&mut self) {
        self.budget.give_back(self.grown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_bounded_over_all_stores_and_comes_back_with_them() {
        let limits = Limits {
            memory_bytes: 100,
            total_growth_bytes: 150,
            ..Limits::default()
        };
        let budget = GrowthBudget::new(&limits);
        let store = || StoreLimiter::new(&limits, budget.clone());
        let (mut first, mut second) = (store(), store());
        assert!(first.memory_growing(0, 10, None).unwrap());
        assert!(first.memory_growing(10, 100, None).unwrap());
        assert!(!first.memory_growing(100, 101, None).unwrap());
        assert!(second.memory_growing(0, 10, None).unwrap());
        assert!(!second.memory_growing(10, 80, None).unwrap());
        assert!(second.take_refused().unwrap().contains("70 bytes more"));
        drop(first);
        assert!(second.memory_growing(10, 80, None).unwrap());
        drop(second);
        assert_eq!(budget.used.load(Ordering::Relaxed), 0);
    }
}
