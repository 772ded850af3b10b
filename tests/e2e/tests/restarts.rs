//! An operator that is killed again and again: what it has done stays done, what it was about to do is done
//! by the next.

// What was measured is for whoever reads the output.
#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rand::Rng;
use serde_json::Value;
use tests_control_plane::{Options, eventually};
use tests_e2e::{Cluster, PATIENCE, Scene, Workers};
use tests_servers::Redis;

const KILLS: usize = 20;
const COOLDOWN: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn killed_twenty_times_in_mid_scale_nothing_is_lost_or_done_twice() {
    let options = Options::default();
    let installed = Cluster::install(options, &[]).await;
    let Some(cluster) = installed.unwrap_or_else(|error| panic!("{error:#}")) else {
        return;
    };
    let told = told(&cluster).await;
    told.unwrap_or_else(|error| panic!("{error:#}"));
}

async fn told(cluster: &Cluster) -> Result<()> {
    let Some(redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let scene = Scene::new("restarts");
    let address = redis.address();
    let object = scene.scaled_object(
        "",
        &format!(
            "pollingInterval: 1
cooldownPeriod: {}
maxReplicaCount: 5
advanced: {{horizontalPodAutoscalerConfig: {{behavior: {{scaleDown: {{stabilizationWindowSeconds: 0}}}}}}}}
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: orders, listLength: \"10\"}}",
            COOLDOWN.as_secs()
        ),
    );
    cluster.apply(&(scene.workload() + &object))?;
    let script = "for i = 1, ARGV[1] do redis.call('RPUSH', KEYS[1], i) end";
    redis.run(&["EVAL", script, "1", "orders", "1000"]);
    let mut random = rand::rng();
    // Full from the first seconds on, until the workers begin: none of the restarts may take anything away.
    let mut full = false;
    for kill in 0..KILLS {
        let operator = cluster.waiting_operator()?;
        let life = Duration::from_millis(random.random_range(150..2500));
        let end = Instant::now() + life;
        while Instant::now() < end {
            let now = wanted(cluster)?;
            full |= now == 5;
            ensure!(
                !full || now == 5,
                "{now} replicas in life {kill}, with 1000 messages waiting"
            );
            // sleep: between two looks; the end of this life is at a random point, not at a condition
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        operator.kill();
        let now = wanted(cluster)?;
        ensure!(!full || now == 5, "{now} replicas after kill {kill}");
    }
    let operator = cluster.operator().await?;
    eventually("all replicas are there", PATIENCE, async || {
        let now = wanted(cluster)?;
        ensure!(now == 5, "{now}");
        Ok(())
    })
    .await?;
    let workers = Workers::start(cluster.client().await?, "restarts", &address, "orders", 40)?;
    eventually("the queue is drained", PATIENCE, async || {
        let left = redis.run(&["LLEN", "orders"]);
        ensure!(left == "0", "{left} are left");
        Ok(())
    })
    .await?;
    ensure!(workers.taken() == 1000, "{} were taken", workers.taken());
    drop(workers);
    // In the cooldown it is killed once more: the cooldown is neither forgotten nor begun anew.
    let empty = Instant::now();
    operator.kill();
    let operator = cluster.operator().await?;
    eventually("it sleeps again", PATIENCE, async || {
        let now = wanted(cluster)?;
        ensure!(now == 0, "{now}");
        Ok(())
    })
    .await?;
    let slept = empty.elapsed();
    // The last active poll may be a polling interval before the list was empty.
    ensure!(
        slept >= COOLDOWN - Duration::from_millis(1500),
        "the cooldown was cut to {slept:?}"
    );
    let events = cluster.kubectl(&["get", "events", "-n", "restarts", "-o", "json"])?;
    let events: Value = serde_json::from_str(&events)?;
    let count = |reason: &str| -> i64 {
        let all = events["items"].as_array().into_iter().flatten();
        let these = all.filter(|event| event["reason"] == reason);
        these
            .map(|event| event["count"].as_i64().unwrap_or(1).max(1))
            .sum()
    };
    let (up, down) = (
        count("KEDAScaleTargetActivated"),
        count("KEDAScaleTargetDeactivated"),
    );
    // A kill between an action and its event loses the event, never the action.
    ensure!(up <= 1, "activated {up} times");
    ensure!(down == 1, "deactivated {down} times");
    println!(
        "restarts: asleep {slept:.1?} after the last message; activated {up}, deactivated {down}"
    );
    drop(operator);
    Ok(())
}

fn wanted(cluster: &Cluster) -> Result<i64> {
    let deployment = cluster.get("restarts", "deployment/worker")?;
    Ok(deployment["spec"]["replicas"].as_i64().unwrap_or(-1))
}
