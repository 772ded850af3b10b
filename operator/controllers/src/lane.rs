//! Shares of the API server: so many calls at a time for each purpose, each with a deadline.

mod error;
mod rate;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use tokio::sync::Semaphore;

pub use error::ClusterError;
pub use rate::Rate;

/// The API server, in shares that do not wait for one another.
#[derive(Clone)]
pub struct Lanes {
    /// Reading and scaling targets, and the secrets that triggers need.
    pub scaling: Lane,
    /// What scalers ask of the cluster when they are polled.
    pub polling: Lane,
    /// Autoscalers, labels, finalizers.
    pub settling: Lane,
    /// Statuses and events: what people see.
    pub status: Lane,
    /// Leases: whoever cannot renew in time stops acting.
    pub lease: Lane,
}

impl Lanes {
    /// Shares of `client`, all of them below `rate` where one is given.
    pub fn new(client: &Client, rate: Option<Rate>) -> Self {
        let rate = rate.map(Arc::new);
        let lane = |calls, deadline| Lane {
            client: client.clone(),
            calls: Arc::new(Semaphore::new(calls)),
            deadline: Duration::from_secs(deadline),
            rate: rate.clone(),
        };
        Self {
            // A thousand objects that wake at once go through in about a second at 50 at a time.
            scaling: lane(50, 10),
            // Lists of pods weigh more than other calls; a poll that waits costs no other its place.
            polling: lane(20, 10),
            settling: lane(10, 15),
            // Less than the others: on a small server these are most of the calls.
            status: lane(8, 15),
            lease: lane(2, 5),
        }
    }
}

/// One share.
#[derive(Clone)]
pub struct Lane {
    client: Client,
    calls: Arc<Semaphore>,
    deadline: Duration,
    rate: Option<Arc<Rate>>,
}

impl Lane {
    /// The client, for building calls.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Makes one call; `what` says which, for errors. The deadline counts from now, the wait for a
    /// place included.
    ///
    /// # Errors
    /// When the API server refuses, cannot be reached or takes too long.
    pub async fn call<T>(
        &self,
        what: &str,
        call: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<T, ClusterError> {
        let bounded = async {
            let _place = self.calls.acquire().await;
            if let Some(rate) = &self.rate {
                rate.wait().await;
            }
            call.await
        };
        match tokio::time::timeout(self.deadline, bounded).await {
            Ok(result) => result.map_err(|error| ClusterError::of(what, error)),
            Err(_) => Err(ClusterError::Deadline {
                what: what.to_string(),
                seconds: self.deadline.as_secs(),
            }),
        }
    }
}
