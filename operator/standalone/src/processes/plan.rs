//! Which replicas to start and which to end: pure.

/// What the plan sees of one replica that has not been asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    /// Started with the program as it is now.
    pub(super) current: bool,
    /// Alive.
    pub(super) running: bool,
}

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Start one more.
    Start,
    /// End the replica at this position.
    End(usize),
}

/// The next thing to do, with `replicas` from the oldest to the newest.
///
/// Scaling down ends the newest first. A changed program replaces replicas one by one: a new one
/// beyond the number wanted, and once it runs the oldest old one goes. So a program that was edited to
/// something that does not start leaves the old replicas at work.
pub(super) fn next(wanted: usize, replicas: &[View]) -> Option<Step> {
    let outdated = replicas.iter().filter(|r| !r.current).count();
    let current = replicas.len() - outdated;
    let running = replicas.iter().filter(|r| r.running).count();
    let replacing = outdated > 0 && wanted > 0;
    let most = wanted + usize::from(replacing);
    if replicas.len() > most {
        let newest_outdated = replicas.iter().rposition(|r| !r.current);
        return Some(Step::End(newest_outdated.unwrap_or(replicas.len() - 1)));
    }
    if replacing && replicas.len() == most {
        // An outdated one that does not run is no loss; one that does goes once it is one too many.
        let idle = replicas.iter().position(|r| !r.current && !r.running);
        let oldest = replicas
            .iter()
            .position(|r| !r.current)
            .filter(|_| running > wanted);
        return idle.or(oldest).map(Step::End);
    }
    (current < wanted && replicas.len() < most).then_some(Step::Start)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: View = View {
        current: true,
        running: true,
    };
    const NEW_STARTING: View = View {
        current: true,
        running: false,
    };
    const OLD: View = View {
        current: false,
        running: true,
    };
    const OLD_CRASHED: View = View {
        current: false,
        running: false,
    };

    #[test]
    fn replicas_are_started_up_to_the_number_wanted() {
        assert_eq!(next(2, &[]), Some(Step::Start));
        assert_eq!(next(2, &[NEW_STARTING]), Some(Step::Start));
        assert_eq!(next(2, &[NEW, NEW_STARTING]), None);
        assert_eq!(next(0, &[]), None);
    }

    #[test]
    fn scaling_down_ends_the_newest_first() {
        assert_eq!(next(1, &[NEW, NEW, NEW]), Some(Step::End(2)));
        assert_eq!(next(0, &[NEW]), Some(Step::End(0)));
        assert_eq!(next(0, &[OLD, NEW]), Some(Step::End(0)));
    }

    #[test]
    fn a_changed_program_replaces_replicas_one_by_one() {
        assert_eq!(next(2, &[OLD, OLD]), Some(Step::Start));
        assert_eq!(next(2, &[OLD, OLD, NEW_STARTING]), None);
        assert_eq!(next(2, &[OLD, OLD, NEW]), Some(Step::End(0)));
        assert_eq!(next(2, &[OLD, NEW]), Some(Step::Start));
        assert_eq!(next(2, &[OLD, NEW, NEW]), Some(Step::End(0)));
        assert_eq!(next(3, &[OLD, OLD, NEW, NEW_STARTING]), None);
        assert_eq!(next(2, &[NEW, NEW]), None);
    }

    #[test]
    fn a_changed_program_that_does_not_start_leaves_the_old_replicas() {
        assert_eq!(next(1, &[OLD, NEW_STARTING]), None);
        assert_eq!(next(1, &[OLD_CRASHED, NEW_STARTING]), Some(Step::End(0)));
    }

    #[test]
    fn scaling_while_replacing_goes_on() {
        assert_eq!(next(1, &[OLD, OLD, OLD, NEW]), Some(Step::End(2)));
        assert_eq!(next(3, &[OLD, NEW_STARTING]), Some(Step::Start));
    }

    #[test]
    fn every_plan_ends_at_the_number_wanted() {
        for wanted in 0..4_usize {
            for outdated in 0..4 {
                for current in 0..4 {
                    let mut replicas = [vec![OLD; outdated], vec![NEW; current]].concat();
                    for _ in 0..32 {
                        match next(wanted, &replicas) {
                            Some(Step::Start) => replicas.push(NEW),
                            Some(Step::End(at)) => {
                                replicas.remove(at);
                                let least = wanted.min(outdated + current);
                                assert!(replicas.len() >= least);
                            }
                            None => break,
                        }
                    }
                    assert_eq!(replicas, vec![NEW; wanted]);
                }
            }
        }
    }
}
