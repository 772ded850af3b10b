use std::sync::atomic::{AtomicU32, Ordering};

/// Sound polls after which a suspect may share again. Five minutes at KEDA's interval of 30 s: a source
/// that made its component crash by one answer will have moved on.
const SOUND_POLLS: u32 = 10;

/// With each time that a trigger is suspected again the number doubles, up to 64 times: about five
/// hours. One that is sound alone and poison in company costs the others a repeated poll a day or so.
const MOST_DOUBLINGS: u32 = 6;

/// Whether a trigger is kept away from others, because an instance ended while it was worked for.
#[derive(Debug, Default)]
pub(crate) struct Company {
    times: AtomicU32,
    /// Sound polls to go; 0: it may share.
    to_go: AtomicU32,
}

impl Company {
    pub(crate) fn suspect(&self) {
        let before = self.times.fetch_add(1, Ordering::Relaxed);
        self.to_go
            .store(SOUND_POLLS << before.min(MOST_DOUBLINGS), Ordering::Relaxed);
    }

    pub(crate) fn is_kept_away(&self) -> bool {
        self.to_go.load(Ordering::Relaxed) > 0
    }

    /// A poll alone ended well or not: the instance survived it and gave an outcome.
    pub(crate) fn polled_alone(&self, well: bool) {
        // Only the trigger's own poll comes here, one at a time.
        let to_go = self.to_go.load(Ordering::Relaxed);
        match to_go {
            // It was sent away for the sake of another, and is no better.
            0 if !well => self.suspect(),
            0 => {}
            _ if well => self.to_go.store(to_go - 1, Ordering::Relaxed),
            _ => {
                let doublings = self.times.load(Ordering::Relaxed).saturating_sub(1);
                let all = SOUND_POLLS << doublings.min(MOST_DOUBLINGS);
                self.to_go.store(all, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound_polls_until_free(company: &Company) -> u32 {
        let mut polls = 0;
        while company.is_kept_away() {
            company.polled_alone(true);
            polls += 1;
        }
        polls
    }

    #[test]
    fn a_suspect_is_kept_away_until_it_was_sound_for_a_while() {
        let company = Company::default();
        assert!(!company.is_kept_away());
        company.suspect();
        company.polled_alone(true);
        company.polled_alone(false);
        assert_eq!(sound_polls_until_free(&company), SOUND_POLLS);
    }

    #[test]
    fn each_relapse_doubles_the_time_up_to_a_bound() {
        let company = Company::default();
        let mut last = 0;
        for _ in 0..100 {
            company.suspect();
            let polls = sound_polls_until_free(&company);
            assert!(polls >= last);
            last = polls;
        }
        assert_eq!(last, SOUND_POLLS << MOST_DOUBLINGS);
    }
}
