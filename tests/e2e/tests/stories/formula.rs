use anyhow::{Result, ensure};
use serde_json::Value;
use tests_control_plane::eventually;
use tests_e2e::{Cluster, PATIENCE, Scene};
use tests_servers::Redis;

use super::told::{condition, replicas};

/// Two triggers and a formula over them: one composite metric in place of both.
pub async fn a_formula_over_two_queues(cluster: &Cluster) -> Result<()> {
    let Some(redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let scene = Scene::new("formula");
    let namespace = scene.namespace.as_str();
    let address = redis.address();
    let object = scene.scaled_object(
        "",
        &format!(
            "pollingInterval: 1
advanced: {{scalingModifiers: {{formula: \"a + b\", target: \"2.5\", activationTarget: \"3\"}}}}
triggers:
- type: redis
  name: a
  metadata: {{address: \"{address}\", listName: a, listLength: \"1\"}}
- type: redis
  name: b
  metadata: {{address: \"{address}\", listName: b, listLength: \"1\"}}"
        ),
    );
    redis.run(&["RPUSH", "a", "1", "2", "3"]);
    cluster.apply(&(scene.workload() + &object))?;
    // 3 is not above 3.
    condition(cluster, namespace, "Active", "False", "ScalerNotActive").await?;
    redis.run(&["RPUSH", "b", "1", "2", "3"]);
    // 6 at 2.5 a replica are 3.
    replicas(cluster, namespace, |n| n == 3).await?;
    let object = cluster.get(namespace, "scaledobject/orders")?;
    let status = &object["status"];
    ensure!(
        status["compositeScalerName"] == "composite-metric",
        "{status}"
    );
    let names = &status["externalMetricNames"];
    ensure!(
        *names == serde_json::json!(["s0-redis-a", "s1-redis-b"]),
        "{names}"
    );
    let path = format!(
        "/apis/external.metrics.k8s.io/v1beta1/namespaces/{namespace}/composite-metric?labelSelector=scaledobject.keda.sh/name%3Dorders"
    );
    let answer: Value = serde_json::from_str(&cluster.kubectl(&["get", "--raw", &path])?)?;
    ensure!(
        answer["items"][0]["metricName"] == "composite-metric",
        "{answer}"
    );
    ensure!(answer["items"][0]["value"] == "6", "{answer}");
    let autoscaler = cluster.get(namespace, "hpa/keda-hpa-orders")?;
    let target = &autoscaler["spec"]["metrics"][0]["external"]["target"];
    ensure!(target["averageValue"] == "2500m", "{target}");
    Ok(())
}

/// Two triggers without a formula: the greater wish counts, and either keeps the target alive.
pub async fn two_triggers(cluster: &Cluster) -> Result<()> {
    let Some(redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let scene = Scene::new("two-triggers");
    let namespace = scene.namespace.as_str();
    let address = redis.address();
    let object = scene.scaled_object(
        "",
        &format!(
            "pollingInterval: 1
cooldownPeriod: 1
advanced: {{horizontalPodAutoscalerConfig: {{behavior: {{scaleDown: {{stabilizationWindowSeconds: 0}}}}}}}}
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: a, listLength: \"1\"}}
- type: redis
  metadata: {{address: \"{address}\", listName: b, listLength: \"1\"}}"
        ),
    );
    redis.run(&["RPUSH", "a", "1", "2"]);
    redis.run(&["RPUSH", "b", "1", "2", "3", "4"]);
    cluster.apply(&(scene.workload() + &object))?;
    replicas(cluster, namespace, |n| n == 4).await?;
    redis.run(&["DEL", "b"]);
    replicas(cluster, namespace, |n| n == 2).await?;
    redis.run(&["DEL", "a"]);
    replicas(cluster, namespace, |n| n == 0).await.map(drop)
}

/// A source that stays away: after so many failures the fallback's replicas, and back when it answers.
pub async fn a_fallback(cluster: &Cluster) -> Result<()> {
    let Some(mut redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let scene = Scene::new("fallback");
    let namespace = scene.namespace.as_str();
    let address = redis.address();
    let object = scene.scaled_object(
        "",
        &format!(
            "pollingInterval: 1
cooldownPeriod: 1
fallback: {{failureThreshold: 2, replicas: 3}}
advanced: {{horizontalPodAutoscalerConfig: {{behavior: {{scaleDown: {{stabilizationWindowSeconds: 0}}}}}}}}
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: a, listLength: \"1\"}}"
        ),
    );
    cluster.apply(&(scene.workload() + &object))?;
    condition(cluster, namespace, "Active", "False", "ScalerNotActive").await?;
    redis.stop();
    replicas(cluster, namespace, |n| n == 3).await?;
    condition(cluster, namespace, "Fallback", "True", "FallbackExists").await?;
    redis.restart();
    eventually("the fallback is over", PATIENCE, async || {
        let object = cluster.get(namespace, "scaledobject/orders")?;
        let health = &object["status"]["health"]["s0-redis-a"]["status"];
        ensure!(health == "Happy", "{health}");
        Ok(())
    })
    .await?;
    condition(cluster, namespace, "Fallback", "False", "NoFallbackFound").await?;
    replicas(cluster, namespace, |n| n == 0).await.map(drop)
}
