use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// At most so many calls a second (`--kube-api-qps`), with so many at once after a rest
/// (`--kube-api-burst`).
#[derive(Debug)]
pub struct Rate {
    interval: Duration,
    burst: Duration,
    /// When the next call would be due if all were evenly spread.
    next: Mutex<Option<Instant>>,
}

impl Rate {
    /// `per_second` calls, and bursts of `burst`. Values below what makes sense are raised to it.
    pub fn new(per_second: f64, burst: u32) -> Self {
        let interval = Duration::from_secs_f64(1.0 / per_second.max(0.01));
        Self {
            interval,
            burst: interval * burst.max(1).saturating_sub(1),
            next: Mutex::new(None),
        }
    }

    /// Waits until a call may be made.
    pub(super) async fn wait(&self) {
        let at = self.book(Instant::now());
        tokio::time::sleep_until(at).await;
    }

    /// When the call may be made that is asked for at `now`.
    fn book(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let due = next.map_or(now, |due| due.max(now));
        *next = Some(due + self.interval);
        due.checked_sub(self.burst).unwrap_or(now).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_through_at_once_and_the_rest_is_spread() {
        let rate = Rate::new(10.0, 3);
        let start = Instant::now();
        let waits: Vec<_> = (0..5)
            .map(|_| (rate.book(start) - start).as_millis())
            .collect();
        assert_eq!(waits, [0, 0, 0, 100, 200]);
        // After a rest there may be a burst again.
        let later = start + Duration::from_secs(10);
        let waits: Vec<_> = (0..4)
            .map(|_| (rate.book(later) - later).as_millis())
            .collect();
        assert_eq!(waits, [0, 0, 0, 100]);
    }
}
