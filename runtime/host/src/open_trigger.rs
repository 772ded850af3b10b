use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use runtime_types::{Lifecycle, Outcome, Sharing, Trigger, Unknown, UnknownReason};
use tokio::time::Instant;

use crate::catalog::Catalog;
use crate::component::LoadedComponent;
use crate::in_flight::Lane;
use crate::instance::Instance;
use crate::sharing::{Answer, Asked, Membership};
use crate::state::Scope;

/// One trigger that is polled. Dropping it closes it.
pub struct OpenTrigger {
    catalog: Catalog,
    trigger: Arc<Trigger>,
    /// Grants and memory, for the component with this digest.
    scope: Option<(String, Arc<Scope>)>,
    /// Where its polls queue, for that scope.
    lane: Option<Lane>,
    /// Names this trigger among the warm instances.
    number: u64,
    /// Its seat among others that share an instance.
    membership: Option<Membership>,
    last_poll: Option<Instant>,
    counts: PollCounts,
}

/// What became of a trigger's polls so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PollCounts {
    /// Polls in all.
    pub polls: u64,
    /// Polls that ended with an unknown value or a configuration error.
    pub failures: u64,
    /// Polls that were answered by an instance kept from before.
    pub warm: u64,
    /// Polls that were answered by an instance shared with other triggers.
    pub shared: u64,
}

/// Names a trigger, or several that share, among the warm instances.
pub(crate) fn next_number() -> u64 {
    static NUMBERS: AtomicU64 = AtomicU64::new(0);
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

impl OpenTrigger {
    pub(crate) fn new(catalog: Catalog, trigger: Arc<Trigger>) -> Self {
        Self {
            catalog,
            trigger,
            scope: None,
            lane: None,
            number: next_number(),
            membership: None,
            last_poll: None,
            counts: PollCounts::default(),
        }
    }

    /// What became of the polls so far.
    pub fn counts(&self) -> PollCounts {
        self.counts
    }

    /// The digest of the component that was polled last.
    pub fn component_digest(&self) -> Option<&str> {
        self.scope.as_ref().map(|(digest, _)| digest.as_str())
    }

    /// Once polled: equal for triggers that share an instance or could, and of no other meaning. Who
    /// polls them together saves their source connections and round trips.
    pub fn group(&self) -> Option<u64> {
        self.membership.as_ref().map(Membership::group)
    }

    /// Asks the source once. Takes at most the limit on a call, plus the time to compile a
    /// component that is new. Where an instance is shared and others make it hang: at most five times
    /// that (two for a batch before, two for its own, one alone). Whatever the component does, this
    /// returns.
    pub async fn poll(&mut self) -> Outcome {
        let outcome = match self.try_poll().await {
            Ok(outcome) => outcome,
            Err(unknown) => Outcome::Unknown(unknown),
        };
        self.counts.polls += 1;
        if !matches!(outcome, Outcome::Reading(_)) {
            self.counts.failures += 1;
        }
        match &self.scope {
            Some((_, scope)) => scope.redactor.outcome(outcome),
            None => outcome,
        }
    }

    async fn try_poll(&mut self) -> Result<Outcome, Unknown> {
        let component = self.catalog.component(&self.trigger.trigger_type).await?;
        let scope = self.scope_for(&component);
        if let Some(membership) = &self.membership {
            match membership.ask(scope.clone()).await {
                Some(Answer::Outcome { outcome, warm }) => {
                    self.counts.shared += 1;
                    self.counts.warm += u64::from(warm);
                    return Ok(outcome);
                }
                Some(Answer::Alone) => {}
                // Its task ended with the tokio runtime it was started in; this may be another.
                None => self.membership = None,
            }
        }
        self.poll_alone(&component, scope).await
    }

    /// Polls in an instance of this trigger's own.
    async fn poll_alone(
        &mut self,
        component: &Arc<LoadedComponent>,
        scope: Arc<Scope>,
    ) -> Result<Outcome, Unknown> {
        let runtime = self.catalog.runtime().clone();
        let now = Instant::now();
        let deadline = now + scope.patience;
        let _place = match &self.lane {
            Some(lane) => lane.enter(deadline).await?,
            None => [None, None],
        };
        let interval = self.last_poll.replace(now).map(|last| now - last);
        let kept = runtime
            .warm
            .take(self.number)
            .filter(|instance| Arc::ptr_eq(instance.component(), component));
        let mut instance = match kept {
            Some(instance) => {
                self.counts.warm += 1;
                instance
            }
            None => {
                let start = Instance::start(&runtime, component, scope.clone(), deadline);
                let mut fresh = start.await?;
                match fresh.open(self.number, &scope, deadline).await {
                    Ok(Ok(())) => fresh,
                    Ok(Err(outcome)) => return Ok(outcome),
                    Err(unknown) => {
                        scope.company.polled_alone(false);
                        return Err(unknown);
                    }
                }
            }
        };
        let (asked, mut answer) = Asked::new(self.number, scope.clone());
        let polled = instance.poll(vec![asked], deadline).await;
        drop(polled.unanswered);
        let answer = answer.try_recv();
        let survived = polled.ended.is_none();
        scope.company.polled_alone(survived && answer.is_ok());
        // What was reported before a trap counts: it is what the source said.
        let outcome = match (answer, polled.ended) {
            (Ok(Answer::Outcome { outcome, .. }), _) => outcome,
            (_, Some(unknown)) => return Err(unknown),
            (_, None) => {
                let message = "the component gave no outcome for its handle";
                return Err(Unknown::new(UnknownReason::Malformed, message));
            }
        };
        // An instance that told of a failure is sound, and knows best whether its connection is.
        let sound = survived && !matches!(outcome, Outcome::Config(_));
        // Who is back in company next time has no use for one of its own.
        let stays = self.membership.is_none() || scope.company.is_kept_away();
        if sound && stays && component.description.lifecycle == Lifecycle::Warm {
            // A first poll says nothing of the rhythm; KEDA's default is the likeliest.
            let expected = interval.unwrap_or(Duration::from_secs(30));
            runtime.warm.keep(self.number, instance, now + expected);
        }
        Ok(outcome)
    }

    /// The scope for this component, made anew when the component was replaced: the new one may
    /// declare other endpoints. What the old one remembered stays. It is in company or not as it
    /// may be now.
    fn scope_for(&mut self, component: &Arc<LoadedComponent>) -> Arc<Scope> {
        let runtime = self.catalog.runtime().clone();
        let before = self.scope.take();
        let (kv, company, known) = match before {
            Some((digest, scope)) if digest == component.digest => {
                (scope.kv.clone(), scope.company.clone(), Some(scope))
            }
            Some((_, scope)) => {
                self.membership = None;
                (scope.kv.clone(), Arc::default(), None)
            }
            None => Default::default(),
        };
        let shares =
            component.description.sharing == Sharing::Connection && !company.is_kept_away();
        let scope = match known {
            Some(scope) if shares == self.membership.is_some() => scope,
            _ => {
                let mut scope = Scope::new(
                    self.trigger.clone(),
                    &component.description,
                    &runtime.policy,
                    runtime.names.clone(),
                    &runtime.limits,
                );
                (scope.kv, scope.company) = (kv, company);
                self.lane = Some(runtime.in_flight.lane_of(&scope));
                // What it had alone, or in company, is over.
                drop(runtime.warm.take(self.number));
                self.membership = shares.then(|| {
                    let groups = &runtime.groups;
                    groups.join(&runtime, component, &scope, self.number)
                });
                if let Some(membership) = &self.membership {
                    scope.reach = membership.reach();
                }
                Arc::new(scope)
            }
        };
        self.scope = Some((component.digest.clone(), scope.clone()));
        scope
    }
}

impl Drop for OpenTrigger {
    fn drop(&mut self) {
        drop(self.catalog.runtime().warm.take(self.number));
    }
}
