use anyhow::{Result, ensure};
use serde_json::json;
use tests_control_plane::eventually;
use tests_e2e::{Cluster, PATIENCE, Scene};
use tests_servers::Redis;

use super::told::replicas;

/// Labels and annotations of the object go to its autoscaler, the user's win, those excluded stay away;
/// the metrics' question names the object by a label, which it has too; `minReplicas` is 1 for 0.
pub async fn the_autoscaler_has_the_objects_labels_and_annotations(
    cluster: &Cluster,
) -> Result<()> {
    let Some(redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let scene = Scene::new("metadata");
    let namespace = scene.namespace.as_str();
    let address = redis.address();
    let object = scene.scaled_object(
        "scaledobject.keda.sh/hpa-excluded-labels: \"secret\", note: kept",
        &format!(
            "pollingInterval: 1
minReplicaCount: 0
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: orders, listLength: \"1\"}}"
        ),
    );
    let labels = "labels: {app.kubernetes.io/managed-by: argo, team: a, secret: b}, annotations:";
    let object = object.replace("annotations:", labels);
    redis.run(&["RPUSH", "orders", "1"]);
    cluster.apply(&(scene.workload() + &object))?;
    replicas(cluster, namespace, |n| n == 1).await?;
    eventually("the autoscaler is as it should be", PATIENCE, async || {
        let autoscaler = cluster.get(namespace, "hpa/keda-hpa-orders")?;
        let metadata = &autoscaler["metadata"];
        let labels = &metadata["labels"];
        ensure!(labels["app.kubernetes.io/managed-by"] == "argo", "{labels}");
        ensure!(
            labels["team"] == "a" && labels["secret"].is_null(),
            "{labels}"
        );
        ensure!(labels["scaledobject.keda.sh/name"] == "orders", "{labels}");
        ensure!(metadata["annotations"]["note"] == "kept", "{metadata}");
        let spec = &autoscaler["spec"];
        ensure!(spec["minReplicas"] == 1, "{spec}");
        let selector = &spec["metrics"][0]["external"]["metric"]["selector"];
        let wanted = json!({"matchLabels": {"scaledobject.keda.sh/name": "orders"}});
        ensure!(*selector == wanted, "{selector}");
        Ok(())
    })
    .await?;
    let object = cluster.get(namespace, "so/orders")?;
    let label = &object["metadata"]["labels"]["scaledobject.keda.sh/name"];
    ensure!(label == "orders", "{label}");
    // Conditions have no time, and what they say is whole.
    let conditions = object["status"]["conditions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let timeless = |c: &serde_json::Value| c["lastTransitionTime"].is_null();
    ensure!(
        conditions.len() >= 4 && conditions.iter().all(timeless),
        "{conditions:?}"
    );
    Ok(())
}
