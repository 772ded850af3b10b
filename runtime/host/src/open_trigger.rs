use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use runtime_types::{Lifecycle, Outcome, Trigger, Unknown};
use tokio::time::Instant;

use crate::catalog::Catalog;
use crate::component::LoadedComponent;
use crate::in_flight::Lane;
use crate::instance::Instance;
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
}

impl OpenTrigger {
    pub(crate) fn new(catalog: Catalog, trigger: Arc<Trigger>) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        Self {
            catalog,
            trigger,
            scope: None,
            lane: None,
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
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

    /// Asks the source once. Takes at most the limit on a call, plus the time to compile a
    /// component that is new. Whatever the component does, this returns.
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
        let runtime = self.catalog.runtime().clone();
        let now = Instant::now();
        let deadline = now + runtime.limits.call_timeout;
        let _place = match &self.lane {
            Some(lane) => lane.enter(deadline).await?,
            None => [None, None],
        };
        let interval = self.last_poll.replace(now).map(|last| now - last);
        let kept = runtime
            .warm
            .take(self.number)
            .filter(|instance| Arc::ptr_eq(instance.component(), &component));
        let mut instance = match kept {
            Some(instance) => {
                self.counts.warm += 1;
                instance
            }
            None => {
                let mut fresh = Instance::start(&runtime, &component, scope, deadline).await?;
                if let Err(outcome) = fresh.open(deadline).await {
                    return Ok(outcome);
                }
                fresh
            }
        };
        let outcome = instance.poll(deadline).await?;
        // An instance that told of a failure is sound, and knows best whether its connection is.
        let sound = !matches!(outcome, Outcome::Config(_));
        if sound && component.description.lifecycle == Lifecycle::Warm {
            // A first poll says nothing of the rhythm; KEDA's default is the likeliest.
            let expected = interval.unwrap_or(Duration::from_secs(30));
            runtime.warm.keep(self.number, instance, now + expected);
        }
        Ok(outcome)
    }

    /// The scope for this component, made anew when the component was replaced: the new one may
    /// declare other endpoints. What the old one remembered stays.
    fn scope_for(&mut self, component: &LoadedComponent) -> Arc<Scope> {
        let kv = match &self.scope {
            Some((digest, scope)) if *digest == component.digest => return scope.clone(),
            Some((_, scope)) => scope.kv.clone(),
            None => Arc::default(),
        };
        let scope = Arc::new(Scope::new(
            self.trigger.clone(),
            &component.description,
            &self.catalog.runtime().policy,
            self.catalog.runtime().names.clone(),
            kv,
        ));
        let endpoint = scope
            .grants
            .reaches_hosts()
            .then(|| scope.grants.describe_hosts());
        let in_flight = &self.catalog.runtime().in_flight;
        self.lane = Some(in_flight.lane(&self.trigger.namespace, endpoint.as_deref()));
        self.scope = Some((component.digest.clone(), scope.clone()));
        scope
    }
}

impl Drop for OpenTrigger {
    fn drop(&mut self) {
        drop(self.catalog.runtime().warm.take(self.number));
    }
}
