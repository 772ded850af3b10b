use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So many start at once after a while without any.
const AT_ONCE: u32 = 10;

/// When objects that appear, or are edited, together are asked first: one by one instead of all at once.
///
/// A few are asked at once. A burst gets instants of even distance; where it is too large for that
/// within an object's own interval, instants are given again, so that the whole interval is used evenly.
#[derive(Debug)]
pub(crate) struct Starts {
    /// Zero: there is no pacing.
    distance: Duration,
    /// The next instant that is free; those of the past are for objects that start at once.
    next: Mutex<Instant>,
}

impl Starts {
    /// So many starts a second; 0: any number.
    pub(crate) fn new(per_second: u32) -> Self {
        let distance = Duration::from_secs(1).checked_div(per_second);
        let distance = distance.unwrap_or_default();
        Self {
            distance,
            next: Mutex::new(before(Instant::now(), distance)),
        }
    }

    /// When an object that is polled at that interval is to be asked first: `now`, or less than one
    /// interval later.
    pub(crate) fn next(&self, interval: Duration, now: Instant) -> Instant {
        // An instant is never half written.
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let free = before(now, self.distance).max(*next);
        *next = free + self.distance;
        drop(next);
        let wait = free.saturating_duration_since(now).as_nanos();
        let rest = wait.checked_rem(interval.as_nanos()).unwrap_or_default();
        now + Duration::from_nanos(u64::try_from(rest).unwrap_or_default())
    }
}

/// The first instant of those that start at once.
fn before(now: Instant, distance: Duration) -> Instant {
    now.checked_sub(distance * AT_ONCE).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(30);

    #[test]
    fn a_few_start_at_once_and_a_burst_one_by_one() {
        let starts = Starts::new(100);
        let now = Instant::now() + Duration::from_secs(1);
        for at in 0..60_u64 {
            assert_eq!(
                starts.next(INTERVAL, now) - now,
                Duration::from_millis(10 * at.saturating_sub(10))
            );
        }
        let later = now + Duration::from_secs(1);
        assert_eq!(starts.next(INTERVAL, later), later);
    }

    #[test]
    fn a_burst_never_waits_longer_than_an_interval_and_uses_all_of_it() {
        let starts = Starts::new(100);
        let now = Instant::now() + Duration::from_secs(1);
        let mut seconds = [0; 30];
        for _ in 0..9000 {
            let wait = starts.next(INTERVAL, now) - now;
            seconds[usize::try_from(wait.as_secs()).unwrap()] += 1;
        }
        assert!(
            seconds.iter().all(|n| (290..=310).contains(n)),
            "{seconds:?}"
        );
    }

    #[test]
    fn without_pacing_all_start_at_once() {
        let starts = Starts::new(0);
        let now = Instant::now() + Duration::from_secs(1);
        assert!((0..1000).all(|_| starts.next(INTERVAL, now) == now));
    }
}
