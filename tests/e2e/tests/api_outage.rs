//! The API server is away for a while: the operator goes on, and afterwards all is as it should be. 20 s here;
//! `PENSTOCK_API_OUTAGE_SECONDS=60` for the whole minute.

// What was measured is for whoever reads the output.
#![allow(clippy::print_stdout)]

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tests_control_plane::{Options, Part, eventually};
use tests_e2e::{Cluster, Operator, PATIENCE, Scene, conditions};
use tests_servers::Redis;

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_outlives_an_outage_of_the_api_server() {
    let installed = Cluster::install(Options::default(), &[]).await;
    let Some(cluster) = installed.unwrap_or_else(|error| panic!("{error:#}")) else {
        return;
    };
    let operator = cluster.operator().await;
    let operator = operator.unwrap_or_else(|error| panic!("{error:#}"));
    let told = told(&cluster, &operator).await;
    told.unwrap_or_else(|error| panic!("{error:#}\n{}", operator.last_lines()));
}

async fn told(cluster: &Cluster, operator: &Operator) -> Result<()> {
    let Some(redis) = Redis::start(&[]) else {
        return Ok(());
    };
    let seconds = std::env::var("PENSTOCK_API_OUTAGE_SECONDS").ok();
    let seconds: u64 = seconds.map_or(Ok(20), |text| text.parse())?;
    let address = redis.address();
    let (busy, idle) = (Scene::new("busy"), Scene::new("idle"));
    for (scene, list) in [(&busy, "busy"), (&idle, "idle")] {
        let object = scene.scaled_object(
            "",
            &format!(
                "pollingInterval: 1
cooldownPeriod: 3
maxReplicaCount: 4
advanced: {{horizontalPodAutoscalerConfig: {{behavior: {{scaleDown: {{stabilizationWindowSeconds: 0}}}}}}}}
triggers:
- type: redis
  metadata: {{address: \"{address}\", listName: {list}, listLength: \"1\"}}"
            ),
        );
        cluster.apply(&(scene.workload() + &object))?;
    }
    redis.run(&["RPUSH", "busy", "1", "2", "3", "4"]);
    replicas(cluster, "busy", 4).await?;
    eventually("the idle one is known to be", PATIENCE, async || {
        let all = conditions(&cluster.get("idle", "so/orders")?)?;
        ensure!(
            all.iter().any(|c| c.0 == "Active" && c.1 == "False"),
            "{all:?}"
        );
        Ok(())
    })
    .await?;

    let plane = cluster.plane();
    let memory = resident(operator)?;
    // First it hears nothing, then there is nobody.
    plane.freeze(Part::ApiServer);
    redis.run(&["RPUSH", "idle", "1", "2"]);
    polls_go_on(operator, Duration::from_secs(seconds / 2)).await?;
    plane.thaw(Part::ApiServer);
    plane.stop(Part::ApiServer);
    polls_go_on(operator, Duration::from_secs(seconds / 2)).await?;
    plane.start_again(Part::ApiServer).await?;

    let begin = std::time::Instant::now();
    let now = cluster.get("busy", "deployment/worker")?;
    ensure!(
        now["spec"]["replicas"] == 4,
        "{} in the outage",
        now["spec"]
    );
    replicas(cluster, "idle", 2).await?;
    let scaled = begin.elapsed();
    eventually("the status has caught up", PATIENCE, async || {
        let all = conditions(&cluster.get("idle", "so/orders")?)?;
        let is = |kind: &str| all.iter().any(|c| c.0 == kind && c.1 == "True");
        ensure!(is("Active") && is("Ready"), "{all:?}");
        Ok(())
    })
    .await?;
    println!(
        "api outage of {seconds} s: scaled {scaled:.1?}, told {:.1?} after the API server was back",
        begin.elapsed()
    );
    let now = cluster.get("busy", "deployment/worker")?;
    ensure!(
        now["spec"]["replicas"] == 4,
        "{} after the outage",
        now["spec"]
    );
    // What the operator was before, and no more than a little; what grows with an outage grows without end.
    let grown = resident(operator)?.saturating_sub(memory);
    ensure!(grown < 64 * 1024, "{grown} KiB more than before the outage");
    let code = operator.stop().await?;
    ensure!(code == 0, "it ended with {code}");
    Ok(())
}

/// Looks for so long whether each second sees polls.
async fn polls_go_on(operator: &Operator, time: Duration) -> Result<()> {
    let begin = polls(operator)?;
    // sleep: the outage lasts so long
    tokio::time::sleep(time).await;
    let made = polls(operator)? - begin;
    // Two objects, one poll a second each, of which a target that is asleep may hold up one for 10 s.
    let least = time.as_secs() / 2;
    ensure!(made >= least, "{made} polls in {time:?} of the outage");
    Ok(())
}

fn polls(operator: &Operator) -> Result<u64> {
    let page = operator.metrics()?;
    let lines = page.lines().filter(|line| {
        line.starts_with("penstock_polls{") || line.starts_with("penstock_polls_total{")
    });
    let numbers = lines.map(|line| {
        let number = line.rsplit(' ').next().context("a number")?;
        Ok(number.parse::<f64>()?)
    });
    let sum: f64 = numbers.sum::<Result<f64>>()?;
    ensure!(sum > 0.0, "no polls in {page}");
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A count.
    Ok(sum as u64)
}

async fn replicas(cluster: &Cluster, namespace: &str, expected: i64) -> Result<()> {
    eventually("the replicas are as expected", PATIENCE, async || {
        let deployment = cluster.get(namespace, "deployment/worker")?;
        ensure!(
            deployment["spec"]["replicas"] == expected,
            "{}",
            deployment["spec"]["replicas"]
        );
        Ok(())
    })
    .await
}

/// In KiB.
fn resident(operator: &Operator) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", operator.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("no VmRSS")?.parse()?)
}
