use std::time::Duration;

use tests_e2e::demonstration::MOST_REPLICAS;

use crate::look::Sight;

/// When what happened, and who decided it.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    last: Option<Sight>,
    woken: Option<(Duration, &'static str)>,
    ready: Option<Duration>,
    full: Option<(Duration, &'static str)>,
    drained: Option<Duration>,
    idle: Option<(Duration, &'static str)>,
    most: u64,
}

impl Seen {
    /// Takes note; whether replicas or their condition are others than before.
    pub(crate) fn take(&mut self, sight: &Sight, elapsed: Duration) -> bool {
        let by = sight.decided_by;
        self.most = self.most.max(sight.ready);
        if sight.wanted > 0 {
            self.woken.get_or_insert((elapsed, by));
        }
        if sight.ready > 0 {
            self.ready.get_or_insert(elapsed);
        }
        if sight.wanted == MOST_REPLICAS {
            self.full.get_or_insert((elapsed, by));
        }
        if sight.messages == 0 && self.ready.is_some() {
            self.drained.get_or_insert(elapsed);
        }
        if self.drained.is_some() && sight.wanted == 0 {
            self.idle.get_or_insert((elapsed, by));
        }
        let of = |s: &Sight| (s.wanted, s.ready, s.decided_by, s.condition.clone());
        let new = self.last.as_ref().is_none_or(|last| of(last) != of(sight));
        self.last = Some(sight.clone());
        new
    }

    /// Whether the work is done and nobody is left.
    pub(crate) fn ended(&self) -> bool {
        self.idle.is_some() && self.last.as_ref().is_some_and(|last| last.ready == 0)
    }

    /// The most replicas that were ready at a time.
    pub(crate) fn most(&self) -> u64 {
        self.most
    }

    /// A table of it.
    pub(crate) fn summary(&self) -> String {
        let line = |what: &str, at: Option<Duration>, by: &str| match at {
            Some(at) => format!("{what:<17}  {:5.1} s  {by}\n", at.as_secs_f64()),
            None => format!("{what:<17}  never\n"),
        };
        let decided = |what: &str, of: Option<(Duration, &'static str)>| {
            line(what, of.map(|(at, _)| at), of.map_or("", |(_, by)| by))
        };
        let mut text = format!("{:<17}  {:>7}  decided by\n", "what", "after");
        text.push_str(&decided("0 -> 1", self.woken));
        text.push_str(&line("1 ready", self.ready, ""));
        text.push_str(&decided(&format!("1 -> {MOST_REPLICAS}"), self.full));
        text.push_str(&line("last message", self.drained, ""));
        text.push_str(&decided("-> 0", self.idle));
        text.trim_end().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(messages: u64, wanted: u64, ready: u64, decided_by: &'static str) -> Sight {
        let condition = "Active=True ScalerActive".into();
        Sight {
            messages,
            wanted,
            ready,
            decided_by,
            condition,
        }
    }

    #[test]
    fn it_ends_when_the_work_is_done_and_nobody_is_left() {
        let mut seen = Seen::default();
        let second = Duration::from_secs;
        assert!(seen.take(&sight(1000, 0, 0, "manifest"), second(0)));
        assert!(!seen.take(&sight(1000, 0, 0, "manifest"), second(1)));
        seen.take(&sight(1000, 1, 0, "operator"), second(2));
        seen.take(&sight(900, 5, 5, "autoscaler"), second(5));
        seen.take(&sight(0, 1, 5, "autoscaler"), second(20));
        assert!(!seen.ended());
        seen.take(&sight(0, 0, 1, "operator"), second(26));
        assert!(!seen.ended(), "one still runs");
        seen.take(&sight(0, 0, 0, "operator"), second(27));
        assert!(seen.ended() && seen.most() == 5);
        let summary = seen.summary();
        assert!(
            summary.contains("0 -> 1               2.0 s  operator"),
            "{summary}"
        );
        assert!(
            summary.contains("-> 0                26.0 s  operator"),
            "{summary}"
        );
    }
}
