//! Triggers about the cluster itself, on a real control plane: one Deployment follows another's pods,
//! another a number in a ConfigMap.

use anyhow::{Result, bail};
use tests_control_plane::{Options, eventually};
use tests_e2e::{Cluster, PATIENCE, Scene, conditions};

async fn replicas(cluster: &Cluster, namespace: &str, wanted: i64) -> Result<()> {
    let what = format!("{namespace}: {wanted} replicas");
    eventually(&what, PATIENCE, async || {
        let deployment = cluster.get(namespace, "deployment/worker")?;
        let replicas = deployment["spec"]["replicas"].as_i64();
        if replicas == Some(wanted) {
            return Ok(());
        }
        let object = cluster.get(namespace, "scaledobject/orders");
        let status = object.map(|object| object["status"].to_string());
        bail!("{replicas:?} replicas; {}", status.unwrap_or_default())
    })
    .await
}

/// `worker` has one replica for two pods of `front`; pods of another namespace do not count.
async fn a_deployment_follows_anothers_pods(cluster: &Cluster) -> Result<()> {
    let scene = Scene::new("followers");
    let namespace = scene.namespace.as_str();
    let front = |namespace: &str, replicas: u32| {
        let front = Scene {
            namespace: namespace.into(),
            replicas,
        };
        let text = front.workload().replace("name: worker", "name: front");
        text.replace("app: worker", "app: front")
    };
    let object = scene.scaled_object(
        "",
        "pollingInterval: 1
cooldownPeriod: 1
maxReplicaCount: 10
triggers:
- type: kubernetes-workload
  metadata: {podSelector: \"app=front\", value: \"2\"}",
    );
    let elsewhere = front("elsewhere", 6);
    let manifests = [elsewhere, scene.workload(), front(namespace, 4), object];
    cluster.apply(&manifests.join("---\n"))?;
    replicas(cluster, namespace, 2).await?;
    cluster.kubectl(&["scale", "deployment/front", "--replicas=0", "-n", namespace])?;
    replicas(cluster, namespace, 0).await
}

/// `worker` has as many replicas as a ConfigMap says; a text that is no number changes nothing.
async fn a_deployment_follows_a_number(cluster: &Cluster) -> Result<()> {
    let scene = Scene::new("numbers");
    let namespace = scene.namespace.as_str();
    let map = |value: &str| {
        format!(
            "---
apiVersion: v1
kind: ConfigMap
metadata: {{name: wanted, namespace: {namespace}}}
data: {{workers: \"{value}\"}}
"
        )
    };
    let object = scene.scaled_object(
        "",
        "pollingInterval: 1
cooldownPeriod: 1
maxReplicaCount: 10
triggers:
- type: kubernetes-resource
  metadata: {resourceKind: ConfigMap, resourceName: wanted, key: workers, targetValue: \"1\"}",
    );
    cluster.apply(&[scene.workload(), map("3"), object].concat())?;
    replicas(cluster, namespace, 3).await?;
    cluster.apply(&map("three"))?;
    eventually("the text is told", PATIENCE, async || {
        let object = cluster.get(namespace, "scaledobject/orders")?;
        let found = conditions(&object)?.iter().any(|(kind, status, reason)| {
            (kind, status, reason) == (&"Ready".into(), &"False".into(), &"TriggerError".into())
        });
        if found {
            return Ok(());
        }
        bail!("{}", object["status"])
    })
    .await?;
    replicas(cluster, namespace, 3).await?;
    cluster.apply(&map("0"))?;
    replicas(cluster, namespace, 0).await
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_read_the_cluster_they_are_in() {
    let installed = Cluster::install(Options::default(), &[]).await;
    let Some(cluster) = installed.unwrap_or_else(|error| panic!("{error:#}")) else {
        return;
    };
    let operator = cluster.operator().await;
    let operator = operator.unwrap_or_else(|error| panic!("{error:#}"));
    let (pods, number) = tokio::join!(
        a_deployment_follows_anothers_pods(&cluster),
        a_deployment_follows_a_number(&cluster)
    );
    for (story, end) in [("pods", pods), ("number", number)] {
        end.unwrap_or_else(|error| panic!("{story}: {error:#}\n{}", operator.last_lines()));
    }
}
