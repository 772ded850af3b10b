//! `cargo xtask demo --cluster`, which starts this: the operator on a real control plane, before one's eyes.

// Talking to the developer in a terminal is all this program does.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod look;
mod seen;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tests_control_plane::{Binaries, ControlPlane, Options, eventually};
use tests_e2e::demonstration::{
    COOLDOWN, LIST, MESSAGES, MOST_REPLICAS, PER_SECOND, demonstration, push,
};
use tests_e2e::{Cluster, Operator, PATIENCE, Scene, Workers, conditions};
use tests_servers::Redis;
use tokio::signal::unix::{SignalKind, signal};

use look::Watcher;
use seen::Seen;

/// The story takes about 40 s; a busy machine may need several times that.
const DEADLINE: Duration = Duration::from_secs(240);

#[tokio::main]
async fn main() -> ExitCode {
    // What was started ends when it is dropped, so the demonstration is dropped, not the process ended.
    let ended = tokio::select! {
        result = show() => result.map(|()| ExitCode::SUCCESS),
        stopped = stopped() => stopped.map(|()| {
            eprintln!("==> Stopped; everything has been ended");
            ExitCode::from(130)
        }),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Ctrl-C, or being told to end.
async fn stopped() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        _ = terminate.recv() => Ok(()),
    }
}

async fn show() -> Result<()> {
    eprintln!("==> Building a Kubernetes control plane, unless it is built");
    Binaries::build()?;
    eprintln!(
        "==> Starting etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok"
    );
    let plane = ControlPlane::start(Options::default()).await?;
    let (version, url) = (plane.version().await?, plane.url());
    eprintln!(
        "==> Kubernetes {version} at {url} after {:.1} s; helm install penstock operator/chart",
        plane.boot_time().as_secs_f64()
    );
    let cluster = Cluster::install_on(plane, &[]).await?;
    eprintln!("==> Starting the operator as the chart's Deployment states it");
    let operator = cluster.operator().await?;
    let result = play(&cluster, &operator).await;
    let result = result.with_context(|| operator.last_lines());
    let code = operator.stop().await?;
    result?;
    ensure!(code == 0, "the operator ended with exit code {code}");
    Ok(())
}

async fn play(cluster: &Cluster, operator: &Operator) -> Result<()> {
    let redis = Redis::start(&[]).context("the demonstration needs redis-server")?;
    let (scene, address) = (Scene::new("demonstration"), redis.address());
    cluster.apply(&(scene.workload() + &demonstration(&scene, &address)))?;
    eventually("the ScaledObject is ready", PATIENCE, async || {
        let object = cluster.get(&scene.namespace, "scaledobject/orders")?;
        let ready = |c: &(String, String, String)| c.0 == "Ready" && c.1 == "True";
        let all = conditions(&object)?;
        ensure!(all.iter().any(ready), "{all:?}");
        Ok(())
    })
    .await?;

    let client = cluster.client().await?;
    let (namespace, per_second) = (&scene.namespace, PER_SECOND);
    let workers = Workers::start(client.clone(), namespace, &address, LIST, per_second)?;
    let mut watcher = Watcher::new(&client, namespace, &address)?;
    eprintln!(
        "==> ScaledObject {namespace}/orders is ready and the Deployment has no replicas. Pushing {MESSAGES} messages; \
         each ready worker takes {PER_SECOND} a second\n"
    );
    let begin = Instant::now();
    redis.run(&push().each_ref().map(String::as_str));
    println!("{}", look::TITLE);
    let mut seen = Seen::default();
    let mut ticks = tokio::time::interval(Duration::from_millis(250));
    for tick in 0_u64.. {
        ticks.tick().await;
        let sight = watcher.look().await?;
        if seen.take(&sight, begin.elapsed()) || tick % 4 == 0 {
            println!("{}", sight.line(begin.elapsed()));
        }
        if seen.ended() {
            break;
        }
        if begin.elapsed() > DEADLINE {
            bail!("it is not over after {} s", DEADLINE.as_secs());
        }
    }
    println!("\n{}", seen.summary());
    println!("messages taken     {} of {MESSAGES}", workers.taken());
    println!("cooldownPeriod     {COOLDOWN} s");
    ensure!(workers.taken() == MESSAGES, "messages were lost");
    let most = seen.most();
    ensure!(
        most == MOST_REPLICAS,
        "{most} replicas at most, not {MOST_REPLICAS}"
    );
    // So that nobody takes this for a script: the operator's own account of it.
    let polls = &operator.objects()?["objects"][0]["counters"]["polls"];
    if let Some(polls) = polls.as_u64() {
        println!("polls of Redis     {polls}");
    }
    Ok(())
}
