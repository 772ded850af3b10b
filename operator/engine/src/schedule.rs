use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;
use std::time::Duration;

use operator_scaling::Tick;
use tokio::time::Instant;

use crate::object::EngineConfig;

/// The longest time between two syncs while replicas run: Kubernetes' own sync period.
const SYNC_PERIOD: Duration = Duration::from_secs(15);

/// Shorter intervals than this would leave no time for anything else.
const SHORTEST: Duration = Duration::from_millis(10);

/// When an object's next tick is, and what for.
///
/// A tick that took longer than its interval is followed by the next at once, and the grid starts
/// anew from there (what tokio calls `MissedTickBehavior::Delay`): a source that is slow is not
/// asked in bursts, and KEDA does the same.
#[derive(Debug)]
pub(crate) struct Schedule {
    config: EngineConfig,
    /// Differs from object to object, so that they do not tick together.
    seed: u64,
    interval: Duration,
    next_poll: Instant,
    /// `None` while there is nothing to sync.
    next_sync: Option<Instant>,
    polls: u64,
    /// The rhythm that it has in common with other objects, whose sources are asked together.
    pace: Option<u64>,
}

/// Where the grids of all paces begin, the same for the whole process.
fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}

/// A tick that is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) tick: Tick,
    /// It starts later than one interval after it was due.
    pub(crate) missed: bool,
    /// How much later than it was due a poll starts; `None`: it is not a poll.
    pub(crate) late: Option<Duration>,
}

impl Schedule {
    /// The first poll is at `start`.
    pub(crate) fn new(config: EngineConfig, uid: &str, interval: Duration, start: Instant) -> Self {
        let mut hasher = DefaultHasher::new();
        uid.hash(&mut hasher);
        Self {
            config,
            seed: hasher.finish(),
            interval: interval.max(SHORTEST),
            next_poll: start,
            next_sync: None,
            polls: 0,
            pace: None,
        }
    }

    /// How old a value may be for an autoscaler, and how often the built-in one syncs.
    pub(crate) fn freshness(interval: Duration) -> Duration {
        interval.min(SYNC_PERIOD)
    }

    pub(crate) fn next(&self) -> Instant {
        self.next_sync
            .map_or(self.next_poll, |sync| sync.min(self.next_poll))
    }

    /// An edited object is polled at `start` as if it were new.
    pub(crate) fn edited(&mut self, interval: Duration, start: Instant) {
        self.interval = interval.max(SHORTEST);
        self.next_poll = start;
    }

    /// What is due at `now`, if anything; the next poll is planned from here.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Due> {
        let period = Self::freshness(self.interval);
        if now >= self.next_poll {
            let late = now - self.next_poll;
            let missed = late > self.interval;
            self.polls += 1;
            self.next_poll = self.after(now);
            // One look at the sources serves both when they are near each other.
            let syncs = self.next_sync.is_none_or(|sync| sync <= now + period / 2);
            if syncs {
                self.next_sync = self.next_sync.map(|_| now + period);
            }
            let tick = if syncs { Tick::PollAndSync } else { Tick::Poll };
            return Some(Due {
                tick,
                missed,
                late: Some(late),
            });
        }
        if self.next_sync.is_some_and(|sync| now >= sync) {
            self.next_sync = Some(now + period);
            return Some(Due {
                tick: Tick::Sync,
                missed: false,
                late: None,
            });
        }
        None
    }

    /// Whether there is something to sync: replicas that the built-in autoscaler scales.
    pub(crate) fn syncing(&mut self, syncing: bool, now: Instant) {
        self.next_sync = match self.next_sync {
            _ if !syncing => None,
            None => Some(now + Self::freshness(self.interval)),
            planned => planned,
        };
    }

    /// Polls together with all objects of equal pace and interval from the next poll on, or by itself.
    pub(crate) fn keep_pace(&mut self, pace: Option<u64>, now: Instant) {
        if pace != self.pace && self.config.jitter > 0.0 {
            self.pace = pace;
            self.next_poll = self.after(now);
            // Syncs move along: between polls for ever, they would ask twice as often.
            let period = Self::freshness(self.interval).as_nanos();
            let rest = (self.next_poll - now).as_nanos() % period;
            let rest = Duration::from_nanos(u64::try_from(rest).unwrap_or(u64::MAX));
            self.next_sync = self.next_sync.map(|_| now + rest);
        }
    }

    /// The poll after the one at `now`.
    fn after(&self, now: Instant) -> Instant {
        let Some(pace) = self.pace else {
            // Half the jitter's range is on either side of the grid.
            let half = self.jitter_range() / 2;
            return now + self.interval + self.jitter() - half;
        };
        // A grid of the process, moved by the pace: groups are spread over the whole interval, and what
        // ticks late in one round is back on the grid in the next. Never sooner than half an interval
        // after this one.
        let interval = self.interval.as_nanos();
        let mut hasher = DefaultHasher::new();
        (pace, interval).hash(&mut hasher);
        let moved = u128::from(hasher.finish()) % interval;
        let earliest = (now + self.interval / 2 - origin()).as_nanos();
        let rounds = earliest.saturating_sub(moved).div_ceil(interval);
        let next = moved + rounds * interval;
        origin() + Duration::from_nanos(u64::try_from(next).unwrap_or(u64::MAX))
    }

    fn jitter_range(&self) -> Duration {
        if self.interval < self.config.jitter_from {
            return Duration::ZERO;
        }
        self.interval.mul_f64(self.config.jitter.clamp(0.0, 1.0))
    }

    fn jitter(&self) -> Duration {
        let mut hasher = DefaultHasher::new();
        (self.seed, self.polls).hash(&mut hasher);
        // 16 bits are fine enough, and exact as a float.
        let fraction = f64::from((hasher.finish() & 0xffff) as u16) / 65536.0;
        self.jitter_range().mul_f64(fraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STILL: EngineConfig = EngineConfig {
        starts_per_second: 0,
        jitter: 0.0,
        jitter_from: Duration::ZERO,
        dry_run: false,
    };

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn ticks(interval: u64, syncing: bool, until: u64) -> Vec<(u64, Tick)> {
        let start = Instant::now();
        let mut schedule = Schedule::new(STILL, "uid", secs(interval), start);
        let mut ticks = Vec::new();
        while schedule.next() <= start + secs(until) {
            let now = schedule.next();
            ticks.push(((now - start).as_secs(), schedule.due(now).unwrap().tick));
            schedule.syncing(syncing, now);
        }
        ticks
    }

    #[test]
    fn without_replicas_there_are_polls_only() {
        let times: Vec<_> = ticks(30, false, 90).iter().map(|(at, _)| *at).collect();
        assert_eq!(times, [0, 30, 60, 90]);
    }

    #[test]
    fn with_replicas_there_are_syncs_between_polls() {
        use Tick::{PollAndSync, Sync};
        let expected = [(0, PollAndSync), (15, Sync), (30, PollAndSync), (45, Sync)];
        assert_eq!(ticks(30, true, 45), expected);
        let expected = [(0, PollAndSync), (5, PollAndSync), (10, PollAndSync)];
        assert_eq!(ticks(5, true, 10), expected);
    }

    #[test]
    fn a_poll_later_than_an_interval_is_missed_and_the_grid_starts_anew() {
        let start = Instant::now();
        let mut schedule = Schedule::new(STILL, "uid", secs(10), start);
        assert!(!schedule.due(start + secs(10)).unwrap().missed);
        assert_eq!(schedule.due(start + secs(19)), None);
        let due = schedule.due(start + secs(31)).unwrap();
        assert!(due.missed);
        assert_eq!(due.late, Some(secs(11)));
        assert_eq!(schedule.next(), start + secs(41));
    }

    #[test]
    fn objects_of_one_pace_poll_at_the_same_instants_and_keep_their_interval() {
        let config = EngineConfig::default();
        let start = Instant::now();
        let polls = |uid: &str, number, from: u64| {
            let now = start + secs(from);
            let mut schedule = Schedule::new(config, uid, secs(30), now);
            schedule.due(schedule.next());
            schedule.keep_pace(Some(number), now);
            let mut polls = Vec::new();
            for _ in 0..20 {
                let next = schedule.next();
                polls.push(next - start);
                // A tick that is late by a second does not move the others.
                schedule.due(next + secs(1)).unwrap();
                schedule.keep_pace(Some(number), next);
            }
            polls
        };
        let (one, two) = (polls("one", 7, 100), polls("two", 7, 117));
        assert!(one.windows(2).all(|w| w[1] - w[0] == secs(30)), "{one:?}");
        let common = one.iter().filter(|at| two.contains(at)).count();
        assert!(common >= 18, "{one:?} {two:?}");
        let other = polls("three", 8, 100);
        assert!(!other.contains(&one[3]));
        let mut alone = Schedule::new(config, "one", secs(30), start);
        alone.due(alone.next());
        let planned = alone.next();
        alone.keep_pace(None, start);
        assert_eq!(alone.next(), planned);
    }

    #[test]
    fn syncs_follow_polls_that_fall_into_step() {
        let start = Instant::now();
        for number in 0..20 {
            let mut schedule = Schedule::new(EngineConfig::default(), "uid", secs(1), start);
            schedule.due(start).unwrap();
            schedule.syncing(true, start);
            schedule.keep_pace(Some(number), start);
            let mut ticks = Vec::new();
            for _ in 0..6 {
                let next = schedule.next();
                ticks.push(schedule.due(next).unwrap().tick);
            }
            // At most one sync by itself, on the way.
            assert!(
                ticks[1..].iter().all(|t| *t == Tick::PollAndSync),
                "{ticks:?}"
            );
        }
    }

    #[test]
    fn jitter_spreads_objects_but_keeps_their_pace() {
        let config = EngineConfig::default();
        let start = Instant::now();
        let second = |uid: &str| {
            let mut schedule = Schedule::new(config, uid, secs(30), start);
            assert_eq!(schedule.next(), start);
            schedule.due(start);
            schedule.next() - start
        };
        let seconds: Vec<_> = (0..20).map(|i| second(&format!("uid-{i}"))).collect();
        let range = Duration::from_millis(28_500)..Duration::from_millis(31_500);
        assert!(seconds.iter().all(|d| range.contains(d)), "{seconds:?}");
        assert!(seconds.iter().any(|d| *d != seconds[0]));
        let mut schedule = Schedule::new(config, "uid", secs(30), start);
        for _ in 0..1000 {
            let now = schedule.next();
            schedule.due(now);
        }
        let average = (schedule.next() - start) / 1000;
        assert!(average > secs(29) && average < secs(31), "{average:?}");
        let mut quick = Schedule::new(config, "uid", secs(9), start);
        quick.due(start);
        assert_eq!(quick.next(), start + secs(9));
    }
}
