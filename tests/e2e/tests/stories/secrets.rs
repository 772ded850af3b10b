use anyhow::{Result, ensure};
use tests_control_plane::eventually;
use tests_e2e::{Cluster, PATIENCE, Scene};
use tests_servers::Redis;

use super::told::{condition, replicas};

/// Wrong credentials, mended by editing the Secret alone. The password shows up nowhere.
pub async fn a_secret_is_mended(cluster: &Cluster) -> Result<()> {
    const PASSWORD: &str = "s3cr3t-of-the-story";
    let Some(redis) = Redis::start(&["--requirepass", PASSWORD]) else {
        return Ok(());
    };
    let scene = Scene::new("secrets");
    let namespace = scene.namespace.as_str();
    let address = redis.address();
    let secret = |password: &str| {
        format!(
            "---
apiVersion: v1
kind: Secret
metadata: {{name: redis, namespace: {namespace}}}
stringData: {{password: {password}}}
"
        )
    };
    let authentication = format!(
        "---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata: {{name: redis, namespace: {namespace}}}
spec: {{secretTargetRef: [{{parameter: password, name: redis, key: password}}]}}
"
    );
    let object = scene.scaled_object(
        "",
        &format!(
            "pollingInterval: 1
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: orders, listLength: \"1\"}}
  authenticationRef: {{name: redis}}"
        ),
    );
    redis.run(&["-a", PASSWORD, "--no-auth-warning", "RPUSH", "orders", "1"]);
    let manifests = [
        scene.workload(),
        secret("wrong-of-the-story"),
        authentication,
        object,
    ];
    cluster.apply(&manifests.concat())?;
    condition(cluster, namespace, "Ready", "False", "TriggerError").await?;
    cluster.apply(&secret(PASSWORD))?;
    replicas(cluster, namespace, |n| n == 1).await?;
    let object = condition(cluster, namespace, "Ready", "True", "ScaledObjectReady").await?;
    ensure!(
        object["status"]["authenticationsTypes"] == "redis",
        "{object}"
    );
    let events = cluster.kubectl(&["get", "events", "-n", namespace, "-o", "yaml"])?;
    for text in [object.to_string(), events] {
        ensure!(!text.contains("of-the-story"), "a password is told: {text}");
    }
    Ok(())
}

/// A variable of the Deployment's container, from a ConfigMap, names the source.
pub async fn an_address_from_the_environment(cluster: &Cluster) -> Result<()> {
    let Some(redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let scene = Scene::new("environment");
    let namespace = scene.namespace.as_str();
    let address = redis.address();
    let object = scene.scaled_object(
        "",
        "pollingInterval: 1
triggers:
- type: redis
  metadata: {addressFromEnv: REDIS, listName: orders, listLength: \"1\"}",
    );
    let map = format!(
        "---
apiVersion: v1
kind: ConfigMap
metadata: {{name: settings, namespace: {namespace}}}
data: {{ADDRESS: \"{address}\"}}
"
    );
    redis.run(&["RPUSH", "orders", "1"]);
    let container = "{name: worker, image: example.org/worker:1, envFrom: [{configMapRef: {name: settings}}], \
                     env: [{name: REDIS, value: $(ADDRESS)}]}";
    let workload = scene
        .workload()
        .replace("{name: worker, image: example.org/worker:1}", container);
    cluster.apply(&[workload, map, object].concat())?;
    replicas(cluster, namespace, |n| n == 1).await?;
    // A vanished target is told, and found again when it is back.
    cluster.kubectl(&["delete", "deployment", "worker", "-n", namespace])?;
    eventually("the lost target is told", PATIENCE, async || {
        let object = cluster.get(namespace, "scaledobject/orders")?;
        let conditions = object["status"]["conditions"].to_string();
        ensure!(
            conditions.contains("\"status\":\"False\",\"type\":\"Ready\"")
                || conditions.contains("Target resource doesn't exist"),
            "{conditions}"
        );
        Ok(())
    })
    .await?;
    let workload = scene
        .workload()
        .replace("{name: worker, image: example.org/worker:1}", container);
    cluster.apply(&workload)?;
    replicas(cluster, namespace, |n| n == 1).await.map(drop)
}
