use std::time::Duration;

/// How long a replica that ended waits before it is started again: `first`, doubled with each end up to
/// `most`, and `first` again after a run of at least `healthy`.
///
/// As in a cluster every end counts, a success too: a replica is meant to run until it is asked to
/// end. kubelet waits 10 s to 5 min; a local process costs less to start than a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackoffPolicy {
    /// The first wait.
    pub first: Duration,
    /// The longest wait.
    pub most: Duration,
    /// A run of this length forgets the ends before it.
    pub healthy: Duration,
}

impl Default for BackoffPolicy {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            most: Duration::from_secs(60),
            // As long as the longest wait: a program that always crashes after a while keeps waiting
            // no longer than it runs.
            healthy: Duration::from_secs(60),
        }
    }
}

/// The waits of one replica.
#[derive(Debug)]
pub(super) struct Backoff {
    policy: BackoffPolicy,
    next: Duration,
}

impl Backoff {
    pub(super) fn new(policy: BackoffPolicy) -> Self {
        Self {
            policy,
            next: policy.first,
        }
    }

    /// The wait after a run of `ran`.
    pub(super) fn after(&mut self, ran: Duration) -> Duration {
        if ran >= self.policy.healthy {
            self.next = self.policy.first;
        }
        let wait = self.next.min(self.policy.most);
        self.next = wait.saturating_mul(2).min(self.policy.most);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_start_over_after_a_healthy_run() {
        let mut backoff = Backoff::new(BackoffPolicy::default());
        let waits: Vec<u64> = (0..8)
            .map(|_| backoff.after(Duration::from_secs(59)).as_secs())
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(backoff.after(Duration::from_secs(60)).as_secs(), 1);
        assert_eq!(backoff.after(Duration::ZERO).as_secs(), 2);
    }
}
