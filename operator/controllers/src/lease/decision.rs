use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::jiff::Timestamp;
use tokio::time::Instant;

/// What a Lease says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sight {
    /// Empty: it was given back.
    pub(super) holder: String,
    pub(super) renewed: Option<Timestamp>,
    pub(super) duration: Duration,
    pub(super) transitions: i32,
}

impl From<&Lease> for Sight {
    fn from(lease: &Lease) -> Self {
        let spec = lease.spec.clone().unwrap_or_default();
        let seconds = spec.lease_duration_seconds.unwrap_or(0);
        Self {
            holder: spec.holder_identity.unwrap_or_default(),
            renewed: spec.renew_time.map(|time| time.0),
            duration: Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
            transitions: spec.lease_transitions.unwrap_or(0),
        }
    }
}

impl Sight {
    /// Whether somebody holds it at `now`, by the clocks of both.
    pub(super) fn is_held(&self, now: Timestamp) -> bool {
        let end = self.renewed.map(|at| at.checked_add(self.duration));
        !self.holder.is_empty() && end.is_some_and(|end| end.is_ok_and(|end| end > now))
    }
}

/// What to do about our Lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// There is none.
    Create,
    /// Nobody holds it any more.
    Take,
    /// It is ours.
    Renew,
    /// Somebody else holds it.
    Wait(String),
}

/// What our Lease said last, and since when. Another machine's clock may be wrong, so what counts is for
/// how long it was *seen* not to be renewed.
#[derive(Debug, Default)]
pub(super) struct Memory(Option<(Sight, Instant)>);

impl Memory {
    pub(super) fn decide(&mut self, sight: Option<&Sight>, me: &str, now: Instant) -> Step {
        let Some(sight) = sight else {
            return Step::Create;
        };
        if sight.holder == me {
            return Step::Renew;
        }
        if sight.holder.is_empty() {
            return Step::Take;
        }
        let since = match &self.0 {
            Some((before, since)) if before == sight => *since,
            _ => {
                self.0 = Some((sight.clone(), now));
                now
            }
        };
        if now.duration_since(since) >= sight.duration {
            Step::Take
        } else {
            Step::Wait(sight.holder.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(holder: &str, renewed: i64) -> Sight {
        Sight {
            holder: holder.into(),
            renewed: Timestamp::from_second(renewed).ok(),
            duration: Duration::from_secs(15),
            transitions: 0,
        }
    }

    #[test]
    fn a_lease_is_taken_when_nobody_renewed_it_while_we_looked() {
        let (mut memory, start) = (Memory::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let wait = Step::Wait("other".into());
        // Renewed long ago by the other's clock, which proves nothing.
        assert_eq!(memory.decide(Some(&sight("other", 0)), "me", at(0)), wait);
        assert_eq!(memory.decide(Some(&sight("other", 0)), "me", at(14)), wait);
        assert_eq!(memory.decide(Some(&sight("other", 9)), "me", at(15)), wait);
        assert_eq!(memory.decide(Some(&sight("other", 9)), "me", at(29)), wait);
        let decided = memory.decide(Some(&sight("other", 9)), "me", at(30));
        assert_eq!(decided, Step::Take);
    }

    #[test]
    fn what_is_ours_given_back_or_not_there_needs_no_wait() {
        let (mut memory, now) = (Memory::default(), Instant::now());
        assert_eq!(memory.decide(None, "me", now), Step::Create);
        assert_eq!(memory.decide(Some(&sight("me", 0)), "me", now), Step::Renew);
        assert_eq!(memory.decide(Some(&sight("", 0)), "me", now), Step::Take);
    }

    #[test]
    fn another_program_s_lease_is_held_until_its_duration_is_over() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert!(sight("keda", 100).is_held(at(114)));
        assert!(!sight("keda", 100).is_held(at(115)));
        assert!(!sight("", 100).is_held(at(101)), "it was given back");
        let never = Sight {
            renewed: None,
            ..sight("keda", 0)
        };
        assert!(!never.is_held(at(1)));
    }
}
