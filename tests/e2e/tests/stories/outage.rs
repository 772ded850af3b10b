use std::time::Duration;

use anyhow::{Result, ensure};
use tests_e2e::{Cluster, Scene};
use tests_servers::Redis;

use super::told::{condition, replicas};

/// The source dies at 5 replicas, and nothing scales down.
pub async fn an_outage_scales_nothing_down(cluster: &Cluster) -> Result<()> {
    let Some(mut redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let scene = Scene::new("outage");
    let address = redis.address();
    let object = scene.scaled_object(
        "",
        &format!(
            "pollingInterval: 1
cooldownPeriod: 1
maxReplicaCount: 5
advanced: {{horizontalPodAutoscalerConfig: {{behavior: {{scaleDown: {{stabilizationWindowSeconds: 0}}}}}}}}
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: orders, listLength: \"1\"}}"
        ),
    );
    let script = "for i = 1, 50 do redis.call('RPUSH', KEYS[1], i) end";
    redis.run(&["EVAL", script, "1", "orders"]);
    cluster.apply(&(scene.workload() + &object))?;
    replicas(cluster, &scene.namespace, |n| n == 5).await?;

    redis.stop();
    condition(cluster, &scene.namespace, "Ready", "False", "TriggerError").await?;
    // The autoscaler is told of an error, not of zero, and holds; in so many of its looks and ours it
    // would have scaled down.
    for _ in 0..15 {
        let now = cluster.get(&scene.namespace, "deployment/worker")?;
        ensure!(
            now["spec"]["replicas"] == 5,
            "{} in the outage",
            now["spec"]
        );
        // sleep: one look of the autoscaler goes by
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    condition(
        cluster,
        &scene.namespace,
        "HPAActive",
        "False",
        "FailedGetExternalMetric",
    )
    .await?;

    redis.restart();
    // It has lost its list: now there is nothing to do, and that is known.
    replicas(cluster, &scene.namespace, |n| n == 0).await?;
    Ok(())
}
