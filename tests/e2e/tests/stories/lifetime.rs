use anyhow::{Result, ensure};
use tests_control_plane::eventually;
use tests_e2e::{Cluster, PATIENCE, Scene};
use tests_servers::Redis;

use super::told::{condition, replicas};

/// Deleted with restore: the replicas of the beginning; without: those of the end. The autoscaler goes.
pub async fn deleted_with_and_without_restore(cluster: &Cluster) -> Result<()> {
    let Some(redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let address = redis.address();
    redis.run(&["RPUSH", "a", "1", "2", "3", "4"]);
    for (namespace, restore, left) in [("restore", true, 2), ("no-restore", false, 4)] {
        let scene = Scene {
            replicas: 2,
            ..Scene::new(namespace)
        };
        let object = scene.scaled_object(
            "",
            &format!(
                "pollingInterval: 1
advanced: {{restoreToOriginalReplicaCount: {restore}}}
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: a, listLength: \"1\"}}"
            ),
        );
        cluster.apply(&(scene.workload() + &object))?;
        replicas(cluster, namespace, |n| n == 4).await?;
        let object = condition(cluster, namespace, "Ready", "True", "ScaledObjectReady").await?;
        let finalizers = object["metadata"]["finalizers"]
            .as_array()
            .map_or(0, Vec::len);
        ensure!(finalizers == usize::from(restore), "{}", object["metadata"]);
        ensure!(
            object["status"]["originalReplicaCount"] == 2,
            "{}",
            object["status"]
        );
        cluster.kubectl(&["delete", "scaledobject", "orders", "-n", namespace])?;
        eventually("the autoscaler has gone", PATIENCE, async || {
            let there = cluster.get(namespace, "hpa/keda-hpa-orders").is_ok();
            ensure!(!there, "it is there");
            Ok(())
        })
        .await?;
        replicas(cluster, namespace, |n| n == left).await?;
    }
    Ok(())
}

/// An autoscaler that is there already is taken over by name, and comes back when its labels or its
/// specification are changed or it is deleted.
pub async fn an_autoscaler_is_taken_over_and_kept(cluster: &Cluster) -> Result<()> {
    let Some(redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let scene = Scene {
        replicas: 1,
        ..Scene::new("takeover")
    };
    let namespace = scene.namespace.as_str();
    let address = redis.address();
    let old = format!(
        "---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: mine, namespace: {namespace}}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: worker}}
  minReplicas: 1
  maxReplicas: 3
  metrics: [{{type: Resource, resource: {{name: cpu, target: {{type: Utilization, averageUtilization: 50}}}}}}]
"
    );
    cluster.apply(&(scene.workload() + &old))?;
    let object = scene.scaled_object(
        "scaledobject.keda.sh/transfer-hpa-ownership: \"true\"",
        &format!(
            "pollingInterval: 1
minReplicaCount: 1
advanced: {{horizontalPodAutoscalerConfig: {{name: mine}}}}
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: a, listLength: \"1\"}}"
        ),
    );
    cluster.apply(&object)?;
    let ours = async || {
        let autoscaler = cluster.get(namespace, "hpa/mine")?;
        let metric = &autoscaler["spec"]["metrics"][0]["external"]["metric"]["name"];
        ensure!(metric == "s0-redis-a", "{}", autoscaler["spec"]);
        let owner = &autoscaler["metadata"]["ownerReferences"][0]["name"];
        ensure!(owner == "orders", "{}", autoscaler["metadata"]);
        ensure!(
            autoscaler["spec"]["maxReplicas"] == 100,
            "{}",
            autoscaler["spec"]
        );
        ensure!(
            autoscaler["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "keda-operator",
            "{}",
            autoscaler["metadata"]
        );
        Ok(())
    };
    eventually("the autoscaler is ours", PATIENCE, ours).await?;
    let hand = "{\"spec\":{\"maxReplicas\":7}}";
    cluster.kubectl(&[
        "patch",
        "hpa",
        "mine",
        "-n",
        namespace,
        "--type=merge",
        "-p",
        hand,
    ])?;
    eventually("a change by hand is undone", PATIENCE, ours).await?;
    cluster.kubectl(&["delete", "hpa", "mine", "-n", namespace])?;
    eventually("a deleted autoscaler is made again", PATIENCE, ours).await?;
    let rename =
        "{\"spec\":{\"advanced\":{\"horizontalPodAutoscalerConfig\":{\"name\":\"other\"}}}}";
    cluster.kubectl(&[
        "patch",
        "so",
        "orders",
        "-n",
        namespace,
        "--type=merge",
        "-p",
        rename,
    ])?;
    eventually("the autoscaler has its new name", PATIENCE, async || {
        ensure!(
            cluster.get(namespace, "hpa/mine").is_err(),
            "the old one is there"
        );
        cluster.get(namespace, "hpa/other").map(drop)
    })
    .await
}

/// A second object for the same target is refused, and has it when the first is gone.
pub async fn one_target_has_one_object(cluster: &Cluster) -> Result<()> {
    let Some(redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let scene = Scene::new("rivals");
    let namespace = scene.namespace.as_str();
    let address = redis.address();
    let spec = format!(
        "pollingInterval: 1
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: a, listLength: \"1\"}}"
    );
    let first = scene.scaled_object("", &spec);
    let second = first.replace("name: orders", "name: rival");
    cluster.apply(&(scene.workload() + &first))?;
    condition(cluster, namespace, "Ready", "True", "ScaledObjectReady").await?;
    cluster.apply(&second)?;
    let text = "already managed by the ScaledObject 'orders'";
    eventually("the rival is refused", PATIENCE, async || {
        let object = cluster.get(namespace, "so/rival")?;
        let conditions = object["status"]["conditions"].to_string();
        ensure!(conditions.contains(text), "{conditions}");
        Ok(())
    })
    .await?;
    cluster.kubectl(&["delete", "so", "orders", "-n", namespace])?;
    eventually("the rival has the target", PATIENCE, async || {
        let object = cluster.get(namespace, "so/rival")?;
        let conditions = object["status"]["conditions"].to_string();
        ensure!(
            conditions.contains("\"reason\":\"ScaledObjectReady\""),
            "{conditions}"
        );
        Ok(())
    })
    .await
}
