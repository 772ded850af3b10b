use anyhow::{Result, ensure};
use tests_control_plane::eventually;
use tests_e2e::{Cluster, PATIENCE, Scene};
use tests_servers::Redis;

use super::told::{condition, replicas};

/// Paused at 3 replicas: no autoscaler, no polls; unpaused: as before.
pub async fn paused_and_unpaused(cluster: &Cluster) -> Result<()> {
    let Some(redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let scene = Scene::new("pausing");
    let address = redis.address();
    let spec = format!(
        "pollingInterval: 1
cooldownPeriod: 1
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: orders, listLength: \"1\"}}"
    );
    redis.run(&["RPUSH", "orders", "1"]);
    let namespace = scene.namespace.as_str();
    cluster.apply(&(scene.workload() + &scene.scaled_object("", &spec)))?;
    replicas(cluster, namespace, |n| n == 1).await?;
    exists(cluster, namespace, true).await?;

    let annotate = |text: &str| {
        let object = "scaledobject/orders";
        cluster.kubectl(&["annotate", object, "-n", namespace, "--overwrite", text])
    };
    annotate("autoscaling.keda.sh/paused-replicas=3")?;
    replicas(cluster, namespace, |n| n == 3).await?;
    exists(cluster, namespace, false).await?;
    let object = condition(cluster, namespace, "Paused", "True", "ScaledObjectPaused").await?;
    ensure!(object["status"]["pausedReplicaCount"] == 3, "{object}");
    condition(cluster, namespace, "Ready", "True", "ScaledObjectReady").await?;

    annotate("autoscaling.keda.sh/paused-replicas-")?;
    condition(
        cluster,
        namespace,
        "Paused",
        "False",
        "ScaledObjectUnpaused",
    )
    .await?;
    exists(cluster, namespace, true).await?;
    redis.run(&["DEL", "orders"]);
    replicas(cluster, namespace, |n| n == 0).await?;

    // In one direction only: the autoscaler stays, with that direction switched off.
    annotate("autoscaling.keda.sh/paused-scale-out=yes")?;
    eventually("scaling up is disabled", PATIENCE, async || {
        let autoscaler = cluster.get(namespace, "hpa/keda-hpa-orders")?;
        let policy = &autoscaler["spec"]["behavior"]["scaleUp"]["selectPolicy"];
        ensure!(policy == "Disabled", "{policy}");
        Ok(())
    })
    .await
}

async fn exists(cluster: &Cluster, namespace: &str, expected: bool) -> Result<()> {
    eventually("the autoscaler is there, or not", PATIENCE, async || {
        let found = cluster.get(namespace, "hpa/keda-hpa-orders").is_ok();
        ensure!(found == expected, "it is there: {found}");
        Ok(())
    })
    .await
}
