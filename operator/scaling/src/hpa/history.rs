use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::spec::{Behavior, DEFAULT_PERIOD_SECONDS};

/// What the autoscaler remembers: recommendations for the stabilisation windows, changes for the
/// policies. Bounded by the longest window and period.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct History {
    recommendations: Vec<Recommendation>,
    ups: Vec<Change>,
    downs: Vec<Change>,
    /// Loaded from where it was stored, and not used since.
    resumed: bool,
    /// The number found after a gap without decisions.
    found: Option<Recommendation>,
}

/// Replicas as the metrics alone recommended them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    /// When.
    pub at: Millis,
    /// How many.
    pub replicas: u32,
}

/// A change that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: Millis,
    /// How many replicas were added (or removed).
    pub by: u32,
}

/// Most entries kept of each kind: an hour's window (Kubernetes' greatest) at one a second.
const MAX_ENTRIES: usize = 3600;

impl History {
    /// Starts a decision: an autoscaler that knows nothing takes the present number for its first
    /// recommendation, so that it takes nothing away before its window has passed. When the
    /// process was down for longer than the window, what it knows is worth no more, and the
    /// present number counts in the same way, but for removal only: it must not hold back growth.
    pub(super) fn begin(&mut self, now: Millis, current: u32, longest_window: Duration) {
        let newest = self.recommendations.last().map(|r| r.at);
        match newest {
            None => self.recommended(now, current),
            Some(at) if self.resumed && now.since(at) > longest_window => {
                self.found = Some(Recommendation {
                    at: now,
                    replicas: current,
                });
            }
            Some(_) => {}
        }
        self.resumed = false;
        // The last one stays, however old: it tells that this is not the start.
        let last = self.recommendations.pop();
        let cutoff = now.minus(longest_window).unwrap_or_default();
        self.recommendations.retain(|r| r.at >= cutoff);
        self.recommendations.extend(last);
        let excess = self.recommendations.len().saturating_sub(MAX_ENTRIES);
        self.recommendations.drain(..excess);
    }

    pub(crate) fn resume(&mut self) {
        self.resumed = true;
    }

    pub(super) fn recommended(&mut self, now: Millis, replicas: u32) {
        let at = now;
        self.recommendations.push(Recommendation { at, replicas });
    }

    /// The greatest of `wanted` and the recommendations in `window`.
    pub(super) fn highest(&self, now: Millis, wanted: u32, window: Duration) -> u32 {
        let cutoff = now.minus(window);
        let all = self.recommendations.iter().chain(&self.found);
        let recent = all.filter(|r| cutoff.is_none_or(|cutoff| r.at >= cutoff));
        recent.map(|r| r.replicas).fold(wanted, u32::max)
    }

    /// As near to `current` as the recommendations of both windows demand.
    pub(super) fn stabilise(
        &self,
        now: Millis,
        current: u32,
        wanted: u32,
        up: Duration,
        down: Duration,
    ) -> u32 {
        let within = |window| {
            let cutoff = now.minus(window);
            move |r: &&Recommendation| cutoff.is_none_or(|cutoff| r.at > cutoff)
        };
        let ups = self.recommendations.iter().filter(within(up));
        let downs = self.recommendations.iter().chain(&self.found);
        let lowest = ups.map(|r| r.replicas).fold(wanted, u32::min);
        let highest = downs
            .filter(within(down))
            .map(|r| r.replicas)
            .fold(wanted, u32::max);
        current.max(lowest).min(highest)
    }

    /// Records that the autoscaler's wish was carried out.
    pub fn changed(&mut self, now: Millis, from: u32, to: u32, behavior: Option<&Behavior>) {
        let longest = behavior
            .into_iter()
            .flat_map(|b| b.scale_up.policies.iter().chain(&b.scale_down.policies))
            .map(|p| p.period_seconds)
            .fold(DEFAULT_PERIOD_SECONDS, u32::max);
        let cutoff = now
            .minus(Duration::from_secs(longest.into()))
            .unwrap_or_default();
        for list in [&mut self.ups, &mut self.downs] {
            list.retain(|c| c.at >= cutoff);
            let excess = list.len().saturating_sub(MAX_ENTRIES);
            list.drain(..excess);
        }
        let at = now;
        if to > from {
            self.ups.push(Change { at, by: to - from });
        } else if from > to {
            self.downs.push(Change { at, by: from - to });
        }
    }

    /// The replicas at the start of the period that ends now.
    pub(super) fn at_start(&self, now: Millis, current: u32, period_seconds: u32) -> i64 {
        let cutoff = now.minus(Duration::from_secs(period_seconds.into()));
        let sum = |list: &[Change]| -> i64 {
            let recent = list
                .iter()
                .filter(|c| cutoff.is_none_or(|cutoff| c.at > cutoff));
            recent.map(|c| i64::from(c.by)).sum()
        };
        i64::from(current) - sum(&self.ups) + sum(&self.downs)
    }
}
