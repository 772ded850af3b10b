use std::future::Future;
use std::sync::Mutex;

use anyhow::{Result, bail};
use serde_json::Value;
use tests_control_plane::eventually;
use tests_e2e::{Cluster, Operator, PATIENCE, conditions};

/// How stories ended.
#[derive(Default)]
pub struct Told(Mutex<Vec<(&'static str, Result<()>)>>);

impl Told {
    /// Tells a story to its end, whatever becomes of the others.
    pub async fn tell(&self, name: &'static str, story: impl Future<Output = Result<()>>) {
        let end = story.await;
        println!("{name}: {}", if end.is_ok() { "as told" } else { "FAILED" });
        self.0.lock().unwrap().push((name, end));
    }

    /// Fails when a story did.
    pub fn end(self, operator: &Operator) {
        let all = self.0.into_inner().unwrap();
        let failed: Vec<String> = all
            .into_iter()
            .filter_map(|(name, end)| Some(format!("{name}: {:#}", end.err()?)))
            .collect();
        assert!(
            failed.is_empty(),
            "{}\n{}",
            failed.join("\n"),
            operator.last_lines()
        );
    }
}

/// Waits until the Deployment of the namespace is to have so many replicas.
pub async fn replicas(
    cluster: &Cluster,
    namespace: &str,
    expected: impl Fn(i64) -> bool,
) -> Result<i64> {
    eventually("the replicas are as expected", PATIENCE, async || {
        let deployment = cluster.get(namespace, "deployment/worker")?;
        let replicas = deployment["spec"]["replicas"].as_i64().unwrap_or(-1);
        if expected(replicas) {
            return Ok(replicas);
        }
        let object = cluster.get(namespace, "scaledobject/orders");
        let status = object.map(|object| object["status"].to_string());
        bail!("{replicas} replicas; {}", status.unwrap_or_default())
    })
    .await
}

/// Waits until a condition of the object `orders` is so.
pub async fn condition(
    cluster: &Cluster,
    namespace: &str,
    kind: &str,
    status: &str,
    reason: &str,
) -> Result<Value> {
    eventually("the condition is as expected", PATIENCE, async || {
        let object = cluster.get(namespace, "scaledobject/orders")?;
        let all = conditions(&object)?;
        let wanted = (kind.to_string(), status.to_string(), reason.to_string());
        if all.contains(&wanted) {
            return Ok(object);
        }
        bail!("wanted {wanted:?}, there is {all:?}")
    })
    .await
}
