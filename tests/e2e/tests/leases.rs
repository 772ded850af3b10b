//! Of several operators one acts, and none while KEDA does.

use std::time::Duration;

use anyhow::{Result, ensure};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use tests_control_plane::{Options, eventually};
use tests_e2e::demonstration::{demonstration, push};
use tests_e2e::{Cluster, Operator, PATIENCE, Scene};
use tests_servers::Redis;

#[tokio::test(flavor = "multi_thread")]
async fn one_operator_acts_at_a_time_and_none_while_keda_does() {
    let installed = Cluster::install(Options::default(), &[]).await;
    let Some(cluster) = installed.unwrap_or_else(|error| panic!("{error:#}")) else {
        return;
    };
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    if let Err(error) = tell(&cluster, &redis).await {
        panic!("{error:#}");
    }
}

async fn tell(cluster: &Cluster, redis: &Redis) -> Result<()> {
    let scene = Scene::new("turns");
    let object = demonstration(&scene, &redis.address());
    cluster.apply(&(scene.workload() + &object))?;
    redis.run(&push().each_ref().map(String::as_str));

    // KEDA's Lease lies in some other namespace.
    renew(cluster, 8).await?;
    let first = cluster.waiting_operator()?;
    waits(&first, "KEDA acts").await?;
    renew(cluster, 8).await?;
    ensure!(first.objects()?["objects"] == json!([]), "it acts");
    ensure!(wanted(cluster)? == 0, "it scales while KEDA acts");
    // It is renewed no longer.
    first.ready().await?;
    scaled(cluster).await?;

    let second = cluster.second_operator()?;
    waits(&second, "acts").await?;
    ensure!(second.objects()?["objects"] == json!([]), "both act");
    first.kill();
    let patience = Duration::from_secs(40);
    eventually("the second takes over", patience, async || {
        let answer = second.readiness()?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        Ok(())
    })
    .await?;
    // It empties the queue's Deployment after the cooldown, though it never saw the work.
    redis.run(&["DEL", "orders"]);
    eventually("the second scales", PATIENCE, async || {
        let wanted = wanted(cluster)?;
        ensure!(wanted == 0, "{wanted} replicas");
        Ok(())
    })
    .await?;
    let events = cluster.kubectl(&["get", "events", "-n", "turns", "-o", "json"])?;
    let activated = events.matches("\"reason\": \"KEDAScaleTargetActivated\"");
    ensure!(activated.count() == 1, "scaled twice: {events}");

    // KEDA comes back while we act.
    renew(cluster, 60).await?;
    eventually("it gives way", PATIENCE, async || {
        ensure!(second.has_ended()?, "it goes on");
        Ok(())
    })
    .await?;
    ensure!(second.last_lines().contains("two operators would fight"));
    // What it held is given back.
    let lease = cluster.get("keda", "lease/operator.penstock.dev")?;
    ensure!(lease["spec"]["holderIdentity"] == "", "{lease}");
    Ok(())
}

/// Renews KEDA's Lease, as KEDA does, for so many seconds.
async fn renew(cluster: &Cluster, seconds: i32) -> Result<()> {
    let leases: Api<Lease> = Api::namespaced(cluster.client().await?, "default");
    let now = Timestamp::now();
    let lease = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "operator.keda.sh"},
        "spec": {"holderIdentity": "keda-operator-0_x", "leaseDurationSeconds": seconds,
            "renewTime": format!("{now:.6}")},
    });
    let params = PatchParams::apply("keda").force();
    leases
        .patch("operator.keda.sh", &params, &Patch::Apply(lease))
        .await?;
    Ok(())
}

async fn waits(operator: &Operator, reason: &str) -> Result<()> {
    eventually("it waits and says why", PATIENCE, async || {
        let answer = operator.readiness()?;
        ensure!(answer.contains(reason), "{answer}");
        Ok(())
    })
    .await
}

async fn scaled(cluster: &Cluster) -> Result<()> {
    eventually("there are replicas", PATIENCE, async || {
        ensure!(wanted(cluster)? > 0, "none");
        Ok(())
    })
    .await
}

fn wanted(cluster: &Cluster) -> Result<i64> {
    let deployment = cluster.get("turns", "deployment/worker")?;
    Ok(deployment["spec"]["replicas"].as_i64().unwrap_or(-1))
}
