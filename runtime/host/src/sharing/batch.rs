use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use runtime_types::{Outcome, Unknown, UnknownReason};
use tokio::time::Instant;

use super::ask::Asked;
use super::cohort::Roll;
use crate::component::LoadedComponent;
use crate::in_flight::Lane;
use crate::instance::Instance;
use crate::runtime::Runtime;
use crate::state::Scope;

/// How often the rest of a batch is polled again in the same tick, each time without one suspect.
/// Who is left then is polled alone: a component that crashes for everybody ends there too.
const MOST_ROUNDS: usize = 8;

/// For `close`, which has nothing to wait for.
const CLOSING: Duration = Duration::from_secs(1);

/// Before a cohort's rhythm is known: KEDA's default interval is the likeliest.
const LIKELY_INTERVAL: Duration = Duration::from_secs(30);

/// The polls of one cohort, a batch at a time.
pub(super) struct Batches {
    runtime: Arc<Runtime>,
    component: Arc<LoadedComponent>,
    home: Arc<Scope>,
    roll: Arc<Roll>,
    /// Names the instance among the warm ones.
    number: u64,
    /// One batch is one poll under way at its endpoint.
    lane: Lane,
    last: Option<Instant>,
}

impl Batches {
    pub(super) fn new(
        runtime: &Arc<Runtime>,
        component: &Arc<LoadedComponent>,
        home: Arc<Scope>,
        roll: Arc<Roll>,
        number: u64,
    ) -> Self {
        Self {
            lane: runtime.in_flight.lane_of(&home),
            runtime: runtime.clone(),
            component: component.clone(),
            home,
            roll,
            number,
            last: None,
        }
    }

    /// Tells the component who left, while nobody waits for it.
    pub(super) async fn close_the_left(&mut self) {
        if let Some(mut instance) = self.runtime.warm.take(self.number)
            && self.close(&mut instance, self.roll.take_left()).await
        {
            self.keep(instance);
        }
    }

    /// Answers all. Takes at most twice as long as one call may: what the first round left is asked
    /// again, once or more, within the second half.
    pub(super) async fn poll(&mut self, mut batch: Vec<Asked>) {
        let began = Instant::now();
        let end = began + 2 * self.home.patience;
        for _ in 0..MOST_ROUNDS {
            batch.retain(|asked| !asked.is_abandoned());
            let now = Instant::now();
            if batch.is_empty() {
                break;
            }
            if now >= end {
                let why = "the component was busy with other triggers of the same server";
                batch = answer_all(batch, &Unknown::new(UnknownReason::TimedOut, why));
                break;
            }
            batch = self.round(batch, end.min(now + self.home.patience)).await;
        }
        for asked in batch {
            asked.send_away();
        }
        self.last = Some(began);
    }

    /// One call of the component for all of them. Gives back those who have to be asked again.
    async fn round(&mut self, batch: Vec<Asked>, deadline: Instant) -> Vec<Asked> {
        let place = match self.lane.enter(deadline).await {
            Ok(place) => place,
            Err(unknown) => return answer_all(batch, &unknown),
        };
        let kept = self.runtime.warm.take(self.number);
        let warm = kept.is_some();
        let mut instance = match kept {
            Some(instance) => instance,
            None => {
                let home = self.home.clone();
                match Instance::start(&self.runtime, &self.component, home, deadline).await {
                    Ok(instance) => instance,
                    Err(unknown) => return answer_all(batch, &unknown),
                }
            }
        };
        // Those who left have no handle in a new instance.
        if !self.close(&mut instance, self.roll.take_left()).await {
            return batch;
        }
        let mut ready = Vec::with_capacity(batch.len());
        let mut waiting = batch.into_iter();
        while let Some(mut asked) = waiting.next() {
            asked.warm = warm;
            if !instance.has(asked.number) {
                match instance.open(asked.number, &asked.scope, deadline).await {
                    Ok(Ok(())) => {}
                    Ok(Err(outcome)) => {
                        asked.answer(outcome);
                        continue;
                    }
                    Err(why) => {
                        tell(&self.component, &asked.scope, &why);
                        asked.suspect();
                        ready.extend(waiting);
                        return ready;
                    }
                }
            }
            ready.push(asked);
        }
        if ready.is_empty() {
            self.keep(instance);
            return ready;
        }
        let company = ready.len();
        let polled = instance.poll(ready, deadline).await;
        drop(place);
        let Some(why) = polled.ended else {
            // Who was left out by a component that thought it was done is no company for others.
            for asked in polled.unanswered {
                asked.suspect();
            }
            if self.close(&mut instance, polled.misconfigured).await {
                self.keep(instance);
            }
            return Vec::new();
        };
        let rest = polled.unanswered;
        match polled.suspect {
            Some(suspect) => {
                tell(&self.component, &suspect, &why);
                self.accuse(&suspect, rest, (company == 1 && !warm).then_some(why))
            }
            // It ended before it said whom it worked for: it may be any of them.
            None => {
                tell(&self.component, &self.home, &why);
                for asked in rest {
                    asked.suspect();
                }
                Vec::new()
            }
        }
    }

    /// Keeps the suspect away, and gives back the others. `alone`: the reason, where the suspect was
    /// alone in a new instance already, and another would tell the same.
    fn accuse(&self, suspect: &Arc<Scope>, rest: Vec<Asked>, alone: Option<Unknown>) -> Vec<Asked> {
        suspect.company.suspect();
        let mut again = Vec::with_capacity(rest.len());
        for asked in rest {
            if !Arc::ptr_eq(&asked.scope.company, &suspect.company) {
                again.push(asked);
            } else if let Some(why) = &alone {
                asked.answer(Outcome::Unknown(why.clone()));
            } else {
                asked.send_away();
            }
        }
        again
    }

    /// False when the instance did not survive.
    async fn close(&self, instance: &mut Instance, numbers: Vec<u64>) -> bool {
        let deadline = Instant::now() + CLOSING;
        let mut closed = HashSet::new();
        for number in numbers {
            if closed.insert(number)
                && let Err(why) = instance.close(number, deadline).await
            {
                tell(&self.component, &self.home, &why);
                return false;
            }
        }
        true
    }

    fn keep(&self, instance: Instance) {
        let now = Instant::now();
        let interval = self.last.map_or(LIKELY_INTERVAL, |last| now - last);
        self.runtime
            .warm
            .keep(self.number, instance, now + interval);
    }
}

/// Here, and not when the last member leaves: the task may be about to keep the instance just then.
impl Drop for Batches {
    fn drop(&mut self) {
        drop(self.runtime.warm.take(self.number));
    }
}

fn answer_all(batch: Vec<Asked>, unknown: &Unknown) -> Vec<Asked> {
    for asked in batch {
        asked.answer(Outcome::Unknown(unknown.clone()));
    }
    Vec::new()
}

fn tell(component: &LoadedComponent, suspect: &Scope, why: &Unknown) {
    let name = &component.description.name;
    let (namespace, object) = (&suspect.trigger.namespace, &suspect.trigger.object);
    let why = suspect.redactor.text(why.to_string());
    tracing::warn!(
        name,
        namespace,
        object,
        why,
        "a shared instance of a scaler ended"
    );
}
