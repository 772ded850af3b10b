use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Time that passed and CPU time that this process used meanwhile.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
}

/// Measures some work.
pub(crate) fn measure<T>(work: impl FnOnce() -> T) -> (T, Spent) {
    let (wall, cpu) = (Instant::now(), now());
    let result = work();
    let spent = Spent {
        wall: wall.elapsed(),
        cpu: now() - cpu,
    };
    (result, spent)
}

fn now() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
