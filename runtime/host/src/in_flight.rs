use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use runtime_types::{Unknown, UnknownReason};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::limits::Limits;
use crate::state::{Scope, lock};

/// How many polls may be under way at one time against the same endpoint and for the same
/// namespace: a server that hangs, or a tenant with thousands of triggers on it, must not use up
/// the instances of all others.
pub(crate) struct InFlight {
    endpoints: Shares,
    namespaces: Shares,
}

impl InFlight {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            endpoints: Shares::new(limits.polls_per_endpoint),
            namespaces: Shares::new(limits.polls_per_namespace),
        }
    }

    /// The shares that polls for this scope have to pass.
    pub(crate) fn lane_of(&self, scope: &Scope) -> Lane {
        let grants = &scope.grants;
        let endpoint = grants.reaches_hosts().then(|| grants.describe_hosts());
        self.lane(&scope.trigger.namespace, endpoint.as_deref())
    }

    /// `endpoint` names the hosts it may reach; one
    /// that reaches none waits for no server.
    fn lane(&self, namespace: &str, endpoint: Option<&str>) -> Lane {
        Lane {
            endpoint: endpoint.map(|hosts| self.endpoints.of(hosts)),
            namespace: self.namespaces.of(namespace),
        }
    }
}

/// The shares of one trigger.
pub(crate) struct Lane {
    endpoint: Option<Arc<Semaphore>>,
    namespace: Arc<Semaphore>,
}

impl Lane {
    /// Waits for a place until `deadline`.
    ///
    /// # Errors
    /// When none became free: what holds them all is what does not answer.
    pub(crate) async fn enter(
        &self,
        deadline: Instant,
    ) -> Result<[Option<OwnedSemaphorePermit>; 2], Unknown> {
        let endpoint = match &self.endpoint {
            Some(share) => {
                let why = "other polls of the same server have not been answered";
                Some(place(share, deadline, why).await?)
            }
            None => None,
        };
        let why = "other polls of the same namespace have not been answered";
        let namespace = place(&self.namespace, deadline, why).await?;
        Ok([endpoint, Some(namespace)])
    }
}

async fn place(
    share: &Arc<Semaphore>,
    deadline: Instant,
    why: &str,
) -> Result<OwnedSemaphorePermit, Unknown> {
    // As a rule there is room, and no timer is needed.
    if let Ok(permit) = share.clone().try_acquire_owned() {
        return Ok(permit);
    }
    match tokio::time::timeout_at(deadline, share.clone().acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(Unknown::new(
            UnknownReason::TimedOut,
            format!("not asked in time: {why}"),
        )),
    }
}

/// One semaphore a key, as long as somebody has it.
struct Shares {
    each: usize,
    by_key: Mutex<HashMap<String, Weak<Semaphore>>>,
}

impl Shares {
    fn new(each: usize) -> Self {
        Self {
            each,
            by_key: Mutex::default(),
        }
    }

    fn of(&self, key: &str) -> Arc<Semaphore> {
        let mut by_key = lock(&self.by_key);
        if let Some(share) = by_key.get(key).and_then(Weak::upgrade) {
            return share;
        }
        // Keys come and go with triggers; looking through them when one comes keeps them few.
        by_key.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.each));
        by_key.insert(key.to_string(), Arc::downgrade(&share));
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn in_flight() -> InFlight {
        InFlight::new(&Limits {
            polls_per_endpoint: 2,
            polls_per_namespace: 3,
            ..Limits::default()
        })
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(10)
    }

    #[tokio::test]
    async fn a_hung_server_holds_only_its_own_share() {
        let in_flight = in_flight();
        let hung = in_flight.lane("a", Some("hung:1"));
        let (_first, _second) = (
            hung.enter(soon()).await.unwrap(),
            hung.enter(soon()).await.unwrap(),
        );
        let refused = hung.enter(soon()).await.unwrap_err();
        assert!(refused.message.contains("same server"), "{refused}");
        // Another trigger of the same server shares its fate, one of another server does not.
        assert!(
            in_flight
                .lane("b", Some("hung:1"))
                .enter(soon())
                .await
                .is_err()
        );
        assert!(
            in_flight
                .lane("b", Some("well:1"))
                .enter(soon())
                .await
                .is_ok()
        );
        assert!(in_flight.lane("b", None).enter(soon()).await.is_ok());
    }

    #[tokio::test]
    async fn a_namespace_holds_only_its_own_share() {
        let in_flight = in_flight();
        let mut held = Vec::new();
        for server in ["a:1", "b:1", "c:1"] {
            held.push(
                in_flight
                    .lane("busy", Some(server))
                    .enter(soon())
                    .await
                    .unwrap(),
            );
        }
        let refused = in_flight
            .lane("busy", Some("d:1"))
            .enter(soon())
            .await
            .unwrap_err();
        assert!(refused.message.contains("same namespace"), "{refused}");
        assert!(
            in_flight
                .lane("other", Some("d:1"))
                .enter(soon())
                .await
                .is_ok()
        );
        held.clear();
        assert!(
            in_flight
                .lane("busy", Some("d:1"))
                .enter(soon())
                .await
                .is_ok()
        );
    }

    #[tokio::test]
    async fn keys_that_nobody_has_are_forgotten() {
        let in_flight = in_flight();
        for i in 0..1000 {
            drop(in_flight.lane("a", Some(&i.to_string())));
        }
        assert!(lock(&in_flight.endpoints.by_key).len() <= 1);
    }
}
