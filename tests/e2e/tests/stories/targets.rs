use anyhow::{Result, ensure};
use tests_control_plane::eventually;
use tests_e2e::{Cluster, PATIENCE, Scene};
use tests_servers::Redis;

use super::told::{condition, replicas};

/// A StatefulSet, and a kind of somebody else's with a `/scale`, are scaled like a Deployment.
pub async fn a_stateful_set_and_a_kind_of_ones_own(cluster: &Cluster) -> Result<()> {
    let Some(redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let scene = Scene::new("targets");
    let namespace = scene.namespace.as_str();
    let address = redis.address();
    cluster.apply(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: engines.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: engines, singular: engine, kind: Engine}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.pistons, statusReplicasPath: .status.pistons, labelSelectorPath: .status.selector}
",
    )?;
    cluster.kubectl(&[
        "wait",
        "crd/engines.example.org",
        "--for=condition=Established",
        "--timeout=60s",
    ])?;
    let set = scene
        .workload()
        .replace("kind: Deployment", "kind: StatefulSet")
        .replace("  selector:", "  serviceName: worker\n  selector:");
    cluster.apply(&set)?;
    cluster.apply(&format!(
        "apiVersion: example.org/v1
kind: Engine
metadata: {{name: worker, namespace: {namespace}}}
spec: {{pistons: 0}}
"
    ))?;
    let spec = |list: &str| {
        format!(
            "pollingInterval: 1
cooldownPeriod: 1
advanced: {{horizontalPodAutoscalerConfig: {{behavior: {{scaleDown: {{stabilizationWindowSeconds: 0}}}}}}}}
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: {list}, listLength: \"1\"}}"
        )
    };
    let target = |kind: &str| format!("scaleTargetRef: {{{kind}, name: worker}}");
    let of_set = scene.scaled_object("", &spec("a"));
    let of_set = of_set.replace(
        "scaleTargetRef: {name: worker}",
        &target("kind: StatefulSet"),
    );
    let of_engine = scene.scaled_object("", &spec("b"));
    let of_engine = of_engine
        .replace(
            "scaleTargetRef: {name: worker}",
            &target("apiVersion: example.org/v1, kind: Engine"),
        )
        .replace("name: orders", "name: engine");
    redis.run(&["RPUSH", "a", "1", "2"]);
    redis.run(&["RPUSH", "b", "1"]);
    cluster.apply(&(of_set + &of_engine))?;
    let becomes = async |object: &str, field: &str, expected: i64| {
        eventually("the target is scaled", PATIENCE, async || {
            let seen = cluster.get(namespace, object)?;
            ensure!(
                seen["spec"][field] == expected,
                "{object}: {}",
                seen["spec"][field]
            );
            Ok(())
        })
        .await
    };
    becomes("statefulset/worker", "replicas", 2).await?;
    becomes("engine/worker", "pistons", 1).await?;
    let object = cluster.get(namespace, "so/engine")?;
    ensure!(
        object["status"]["scaleTargetKind"] == "example.org/v1.Engine",
        "{}",
        object["status"]
    );
    redis.run(&["DEL", "a", "b"]);
    becomes("statefulset/worker", "replicas", 0).await?;
    becomes("engine/worker", "pistons", 0).await
}

/// A ClusterTriggerAuthentication finds its Secret where the operator is.
pub async fn an_authentication_of_the_cluster(cluster: &Cluster) -> Result<()> {
    const PASSWORD: &str = "of-the-whole-cluster";
    let Some(redis) = Redis::start(&["--requirepass", PASSWORD]) else {
        return Ok(());
    };
    let scene = Scene::new("cluster-wide");
    let address = redis.address();
    redis.run(&["-a", PASSWORD, "RPUSH", "orders", "1"]);
    let authentication = format!(
        "---
apiVersion: v1
kind: Secret
metadata: {{name: for-all, namespace: keda}}
stringData: {{password: {PASSWORD}}}
---
apiVersion: keda.sh/v1alpha1
kind: ClusterTriggerAuthentication
metadata: {{name: for-all}}
spec: {{secretTargetRef: [{{parameter: password, name: for-all, key: password}}]}}
"
    );
    let object = scene.scaled_object(
        "",
        &format!(
            "pollingInterval: 1
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: orders, listLength: \"1\"}}
  authenticationRef: {{name: for-all, kind: ClusterTriggerAuthentication}}"
        ),
    );
    cluster.apply(&[scene.workload(), authentication, object].concat())?;
    replicas(cluster, &scene.namespace, |n| n == 1)
        .await
        .map(drop)
}

/// An object that the definition lets through and that contradicts itself says so; its neighbour goes on,
/// and mended it works.
pub async fn a_broken_object_harms_nobody(cluster: &Cluster) -> Result<()> {
    let Some(redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let scene = Scene::new("broken");
    let namespace = scene.namespace.as_str();
    let address = redis.address();
    let spec = |bounds: &str| {
        format!(
            "pollingInterval: 1
{bounds}
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: orders, listLength: \"1\"}}"
        )
    };
    redis.run(&["RPUSH", "orders", "1", "2"]);
    // Two triggers of one name: which of them a formula would mean is open.
    let sound = spec("maxReplicaCount: 3");
    let (bounds, trigger) = sound.split_once("- type").unwrap_or_default();
    let trigger = format!("- name: twice\n  type{trigger}");
    let broken = format!("{bounds}{trigger}\n{trigger}");
    cluster.apply(&(scene.workload() + &scene.scaled_object("", &broken)))?;
    let object = condition(
        cluster,
        namespace,
        "Ready",
        "False",
        "ScaledObjectCheckFailed",
    )
    .await?;
    ensure!(
        object["status"]["hpaName"].is_null(),
        "{}",
        object["status"]
    );
    let neighbour = Scene::new("neighbour");
    let sound = neighbour.scaled_object("", &sound);
    cluster.apply(&(neighbour.workload() + &sound))?;
    replicas(cluster, "neighbour", |n| n == 2).await?;
    let now = cluster.get(namespace, "deployment/worker")?;
    ensure!(now["spec"]["replicas"] == 0, "{}", now["spec"]["replicas"]);
    cluster.apply(&scene.scaled_object("", &spec("maxReplicaCount: 3")))?;
    replicas(cluster, namespace, |n| n == 2).await?;
    condition(cluster, namespace, "Ready", "True", "ScaledObjectReady")
        .await
        .map(drop)
}
