use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use k8s_openapi::api::apps::v1::Deployment;
use kube::{Api, Client};
use redis::Commands;
use tokio::task::JoinHandle;

/// Plays the workers of a Deployment: takes items off a list, so many a second for each ready replica.
pub struct Workers {
    task: JoinHandle<()>,
    taken: Arc<AtomicU64>,
    most: Arc<AtomicU64>,
}

/// Between two looks at the Deployment.
const LOOK: Duration = Duration::from_millis(250);

impl Workers {
    /// Starts taking.
    ///
    /// # Errors
    /// When Redis cannot be reached.
    pub fn start(
        client: Client,
        namespace: &str,
        redis: &str,
        list: &str,
        per_second: u64,
    ) -> Result<Self> {
        let mut connection = redis::Client::open(format!("redis://{redis}/"))?.get_connection()?;
        let deployments: Api<Deployment> = Api::namespaced(client, namespace);
        let (taken, most) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (counted, seen, list) = (taken.clone(), most.clone(), list.to_string());
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(LOOK);
            loop {
                ticks.tick().await;
                let Ok(deployment) = deployments.get("worker").await else {
                    continue;
                };
                let status = deployment.status.unwrap_or_default();
                let ready = u64::try_from(status.ready_replicas.unwrap_or(0)).unwrap_or(0);
                seen.fetch_max(ready, Ordering::Relaxed);
                let share = (ready * per_second * 250).div_ceil(1000);
                for _ in 0..share {
                    let item: Option<String> = connection.lpop(&list, None).unwrap_or(None);
                    counted.fetch_add(u64::from(item.is_some()), Ordering::Relaxed);
                }
            }
        });
        Ok(Self { task, taken, most })
    }

    /// Items taken so far.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// The most replicas that were ready at a time.
    pub fn most(&self) -> u64 {
        self.most.load(Ordering::Relaxed)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.task.abort();
    }
}
