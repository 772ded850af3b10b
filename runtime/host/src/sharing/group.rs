use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use blake3::Hash;

use super::ask::{Answer, Asked};
use super::cohort::{Cohort, MOST_MEMBERS};
use super::key::key;
use crate::component::LoadedComponent;
use crate::runtime::Runtime;
use crate::state::{Reach, Scope, lock};

/// The cohorts of all groups, by what their triggers have in common.
#[derive(Default)]
pub(crate) struct Groups(Mutex<HashMap<Hash, Vec<Weak<Cohort>>>>);

impl Groups {
    /// Gives the trigger a seat in a cohort of its group. Must be called within a tokio runtime.
    pub(crate) fn join(
        &self,
        runtime: &Arc<Runtime>,
        component: &Arc<LoadedComponent>,
        scope: &Scope,
        number: u64,
    ) -> Membership {
        let key = key(component, scope);
        let mut groups = lock(&self.0);
        let mut present = groups
            .get(&key)
            .into_iter()
            .flatten()
            .filter_map(Weak::upgrade)
            .filter(|cohort| !cohort.requests.is_closed());
        let cohort = match present.find(|cohort| cohort.roll.enter(MOST_MEMBERS)) {
            Some(cohort) => cohort,
            None => {
                // Groups come and go with triggers; looking through them when one comes keeps
                // them few.
                groups.retain(|_, cohorts| {
                    cohorts.retain(|cohort| cohort.strong_count() > 0);
                    !cohorts.is_empty()
                });
                let cohort = Arc::new(Cohort::start(runtime, component, scope));
                cohort.roll.enter(MOST_MEMBERS);
                groups.entry(key).or_default().push(Arc::downgrade(&cohort));
                cohort
            }
        };
        Membership {
            cohort,
            number,
            group: u64::from_le_bytes(std::array::from_fn(|i| key.as_bytes()[i])),
        }
    }
}

/// A trigger's seat in a cohort, until it is dropped.
pub(crate) struct Membership {
    cohort: Arc<Cohort>,
    number: u64,
    group: u64,
}

impl Membership {
    pub(crate) fn reach(&self) -> Reach {
        self.cohort.reach.clone()
    }

    /// Equal for triggers that share, and of no other meaning.
    pub(crate) fn group(&self) -> u64 {
        self.group
    }

    /// Asks in company; `None` when the cohort's task is gone, which it is only at the end.
    pub(crate) async fn ask(&self, scope: Arc<Scope>) -> Option<Answer> {
        let (asked, answer) = Asked::new(self.number, scope);
        let cohort = &self.cohort;
        // A switch to another task would cost a sole member a tenth of its poll.
        match (cohort.roll.members(), cohort.batches.try_lock()) {
            (1, Ok(mut batches)) => batches.poll(vec![asked]).await,
            (_, locked) => {
                drop(locked);
                cohort.requests.send(asked).await.ok()?;
            }
        }
        answer.await.ok()
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.cohort.roll.leave(self.number);
    }
}
