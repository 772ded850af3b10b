use std::time::Instant;

use anyhow::{Result, ensure};
use tests_e2e::demonstration::{LIST, MESSAGES, PER_SECOND, demonstration, push};
use tests_e2e::{Cluster, Scene, Workers};
use tests_servers::Redis;

use super::told::{condition, replicas};

/// A thousand messages: 0 -> 1 by us, 1 -> 5 by the cluster's autoscaler, 0 after the cooldown.
pub async fn a_queue_is_drained(cluster: &Cluster) -> Result<()> {
    let Some(redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let scene = Scene::new("demonstration");
    let address = redis.address();
    let object = demonstration(&scene, &address);
    cluster.apply(&(scene.workload() + &object))?;
    condition(
        cluster,
        &scene.namespace,
        "Ready",
        "True",
        "ScaledObjectReady",
    )
    .await?;
    condition(
        cluster,
        &scene.namespace,
        "Active",
        "False",
        "ScalerNotActive",
    )
    .await?;

    let workers = Workers::start(
        cluster.client().await?,
        &scene.namespace,
        &address,
        LIST,
        PER_SECOND,
    )?;
    let begin = Instant::now();
    redis.run(&push().each_ref().map(String::as_str));
    replicas(cluster, &scene.namespace, |n| n >= 1).await?;
    let woken = begin.elapsed();
    replicas(cluster, &scene.namespace, |n| n == 5).await?;
    let full = begin.elapsed();
    let object = condition(cluster, &scene.namespace, "Active", "True", "ScalerActive").await?;
    ensure!(object["status"]["hpaName"] == "keda-hpa-orders", "{object}");
    ensure!(
        object["status"]["externalMetricNames"][0] == "s0-redis-orders",
        "{object}"
    );
    replicas(cluster, &scene.namespace, |n| n == 0).await?;
    let idle = begin.elapsed();
    ensure!(
        workers.taken() == MESSAGES,
        "{} items were taken",
        workers.taken()
    );
    ensure!(workers.most() == 5, "{} replicas at most", workers.most());
    println!(
        "demonstration: 1 replica after {woken:.1?}, 5 after {full:.1?}, 0 again after {idle:.1?}"
    );
    Ok(())
}
