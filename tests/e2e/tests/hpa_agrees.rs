//! The cluster's own autoscaler and `operator/scaling` decide the same, on random series.
//!
//! Time, which decides at the edges of windows and periods: an autoscaler asks for its metric once in each
//! sync, and the stub that answers takes that moment for the sync's. Before it answers it looks at what the
//! sync before came to, which by then is written, and waits until the replicas have settled. The autoscaler
//! decides a little after the answer, so each step is decided here three times, at that moment and `SLACK`
//! before and after it. Where these agree, the autoscaler has to decide the same; where they do not, an edge
//! is so near that either is right, and one of them it has to be.

// What was measured is for whoever reads the output.
#![allow(clippy::print_stdout)]

#[path = "hpa_agrees/stub.rs"]
mod stub;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams, PostParams};
use operator_scaling::hpa::{
    History, Horizontal, HorizontalMetric, HorizontalTarget, HorizontalValue,
};
use operator_scaling::spec::Behavior;
use operator_scaling::{Failure, Milli, Millis, Replicas};
use rand::Rng;
use serde_json::{Value, json};
use tests_control_plane::{ControlPlane, Options, eventually};

const STEPS: usize = 500;
/// No multiple of it is near a whole second, as all windows and periods are.
const SYNC: Duration = Duration::from_millis(1300);
const SLACK: Duration = Duration::from_millis(250);
const AUTOSCALERS: usize = 24;

/// What is compared for one autoscaler.
struct Case {
    behavior: Option<Behavior>,
    by_value: bool,
    bounds: (u32, u32),
    history: History,
    /// What the sync that runs is to come to, and the moment of it.
    pending: Option<Pending>,
}

struct Pending {
    at: Millis,
    wanted: u32,
    ready: u32,
    value: Option<i64>,
}

#[derive(Default)]
struct Score {
    clear: usize,
    near: usize,
    changes: usize,
    wrong: Vec<String>,
}

struct Referee {
    begin: Instant,
    deployments: Api<Deployment>,
    autoscalers: Api<HorizontalPodAutoscaler>,
    pods: Api<Pod>,
    cases: BTreeMap<String, tokio::sync::Mutex<Case>>,
    score: Mutex<Score>,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clusters_autoscaler_and_ours_decide_the_same() {
    let options = Options {
        hpa_sync_period: SYNC,
        ..Options::default()
    };
    let Some(plane) = ControlPlane::for_test(options).await else {
        return;
    };
    let score = compared(&plane).await;
    let score = score.unwrap_or_else(|error| panic!("{error:#}"));
    println!(
        "hpa: {} steps the same, {} of them changes; {} too near an edge",
        score.clear, score.changes, score.near
    );
    assert!(score.wrong.is_empty(), "{}", score.wrong.join("\n"));
    assert!(score.changes > STEPS / 10, "{} changes", score.changes);
}

async fn compared(plane: &ControlPlane) -> Result<Score> {
    let client = plane.client().await?;
    let cases: Vec<(String, Value, bool)> = (0..AUTOSCALERS).map(case).collect();
    let referee = Arc::new(Referee {
        begin: Instant::now(),
        deployments: Api::default_namespaced(client.clone()),
        autoscalers: Api::default_namespaced(client.clone()),
        pods: Api::default_namespaced(client.clone()),
        cases: cases
            .iter()
            .map(|(name, behavior, by_value)| {
                let case = Case {
                    behavior: serde_json::from_value(behavior.clone())?,
                    by_value: *by_value,
                    bounds: (1, 12),
                    history: History::default(),
                    pending: None,
                };
                Ok((name.clone(), tokio::sync::Mutex::new(case)))
            })
            .collect::<Result<_>>()?,
        score: Mutex::default(),
    });
    let asked = referee.clone();
    let _stub = stub::start(plane, move |metric| {
        let asked = asked.clone();
        async move { asked.answer(&metric).await }
    })
    .await?;
    let post = PostParams::default();
    for (name, behavior, by_value) in &cases {
        let deployment = json!({"metadata": {"name": name}, "spec": {
            "replicas": 3, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "none"}]}}}});
        let deployment = serde_json::from_value(deployment)?;
        referee.deployments.create(&post, &deployment).await?;
        let target = match by_value {
            true => json!({"type": "Value", "value": "10"}),
            false => json!({"type": "AverageValue", "averageValue": "10"}),
        };
        let autoscaler = json!({"metadata": {"name": name}, "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 1, "maxReplicas": 12, "behavior": behavior,
            "metrics": [{"type": "External", "external": {"metric": {"name": name}, "target": target}}]}});
        let autoscaler = serde_json::from_value(autoscaler)?;
        referee.autoscalers.create(&post, &autoscaler).await?;
    }
    eventually("enough steps", Duration::from_secs(150), async || {
        let score = referee.score.lock().unwrap();
        ensure!(
            score.clear >= STEPS || score.wrong.len() > 5,
            "{} steps, {} near an edge",
            score.clear,
            score.near
        );
        Ok(())
    })
    .await?;
    let mut score = referee.score.lock().unwrap();
    Ok(std::mem::take(&mut *score))
}

/// Behaviours of all sorts. Without one, the limit of additions is another here on purpose.
fn case(number: usize) -> (String, Value, bool) {
    let pick = |of: &[&str], at: usize| of[at % of.len()].to_string();
    let select = pick(&["Max", "Min", "Max", "Disabled"], number / 2);
    let policies = match number % 3 {
        0 => json!([]),
        1 => json!([{"type": "Pods", "value": 2, "periodSeconds": 3}]),
        _ => {
            json!([{"type": "Percent", "value": 50, "periodSeconds": 4}, {"type": "Pods", "value": 1, "periodSeconds": 2}])
        }
    };
    let rules = |window: usize, select: &str| {
        let mut rules = json!({"stabilizationWindowSeconds": window, "selectPolicy": select});
        if policies.as_array().is_some_and(|all| !all.is_empty()) {
            rules["policies"] = policies.clone();
        }
        rules
    };
    // Only one direction is ever disabled, or nothing would happen.
    let (up, down) = match (select.as_str(), number % 2) {
        ("Disabled", 0) => ("Max", "Disabled"),
        ("Disabled", _) => ("Disabled", "Min"),
        (both, _) => (both, both),
    };
    let behavior =
        json!({"scaleUp": rules((number / 3) % 4, up), "scaleDown": rules(number % 6, down)});
    (format!("case-{number}"), behavior, number % 4 == 3)
}

impl Referee {
    /// One sync: judges the one before, and says what there is now.
    async fn answer(&self, name: &str) -> Option<i64> {
        let mut case = self.cases.get(name)?.lock().await;
        match self.sync(name, &mut case).await {
            Ok(value) => value,
            Err(error) => {
                let mut score = self.score.lock().unwrap();
                score.wrong.push(format!("{name}: {error:#}"));
                None
            }
        }
    }

    async fn sync(&self, name: &str, case: &mut Case) -> Result<Option<i64>> {
        let (wanted, ready) = self.settled(name).await?;
        if let Some(pending) = case.pending.take() {
            let autoscaler = self.autoscalers.get(name).await?;
            let status = autoscaler.status.context("no status")?;
            // What the autoscaler itself saw.
            let observed = status.current_replicas.unwrap_or(0);
            self.judge(name, case, &pending, u32::try_from(observed)?, wanted);
        }
        let value = {
            let mut random = rand::rng();
            let failed = random.random_bool(0.05);
            (!failed).then(|| random.random_range(0..140_000))
        };
        let at = u64::try_from(self.begin.elapsed().as_millis())?;
        // Far from the beginning of time, so that windows may look back.
        let at = Millis(1_700_000_000_000 + at);
        case.pending = Some(Pending {
            at,
            wanted,
            ready,
            value,
        });
        Ok(value)
    }

    /// Waits until there are as many pods as are wanted, all of them ready, and none that is leaving.
    async fn settled(&self, name: &str) -> Result<(u32, u32)> {
        let deadline = Instant::now() + Duration::from_secs(8);
        loop {
            let seen = self.replicas(name).await;
            if seen.is_ok() || Instant::now() >= deadline {
                return seen.context("the replicas do not settle");
            }
            // sleep: between two looks
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn replicas(&self, name: &str) -> Result<(u32, u32)> {
        let labels = ListParams::default().labels(&format!("app={name}"));
        let deployment = self.deployments.get(name).await?;
        let wanted = deployment.spec.replicas.unwrap_or(1);
        let status = deployment.status.unwrap_or_default();
        let (all, ready) = (
            status.replicas.unwrap_or(0),
            status.ready_replicas.unwrap_or(0),
        );
        let pods = self.pods.list(&labels).await?.items.len();
        ensure!(
            all == wanted && ready == wanted && i32::try_from(pods)? == wanted,
            "{wanted} wanted, {all} there, {ready} ready, {pods} pods"
        );
        Ok((u32::try_from(wanted)?, u32::try_from(ready)?))
    }

    fn judge(&self, name: &str, case: &mut Case, pending: &Pending, observed: u32, came: u32) {
        let target = match case.by_value {
            true => HorizontalTarget::Value(Milli(10_000)),
            false => HorizontalTarget::AverageValue(Milli(10_000)),
        };
        let value = pending
            .value
            .map(|value| HorizontalValue::External(Milli(value)));
        let metrics = [HorizontalMetric {
            name: name.into(),
            target,
            value: value.ok_or_else(|| Failure::new("Failed", "the stub answers 500")),
        }];
        let behavior = case.behavior.clone();
        let decide = |now: Millis, history: &mut History| {
            let question = Horizontal {
                now,
                replicas: Replicas {
                    wanted: pending.wanted,
                    observed: Some(observed),
                    ready: Some(pending.ready),
                },
                min: case.bounds.0,
                max: case.bounds.1,
                behavior: behavior.as_ref(),
                metrics: &metrics,
            };
            question.decide(history)
        };
        let before = pending.at.minus(SLACK).unwrap_or(pending.at);
        let other: Vec<u32> = [before, pending.at.plus(SLACK)]
            .map(|now| decide(now, &mut case.history.clone()).replicas)
            .into();
        let verdict = decide(pending.at, &mut case.history);
        let ours = verdict.replicas;
        case.history
            .changed(pending.at, pending.wanted, came, behavior.as_ref());
        let mut score = self.score.lock().unwrap();
        let clear = other.iter().all(|n| *n == ours);
        if ours == came && clear {
            score.clear += 1;
            score.changes += usize::from(came != pending.wanted);
        } else if !clear && (ours == came || other.contains(&came)) {
            score.near += 1;
        } else {
            let (from, value) = (pending.wanted, pending.value);
            score.wrong.push(format!(
                "{name}: from {from} ({observed} seen, {} ready) by {value:?}: the cluster {came}, we {ours} or {other:?}; {behavior:?} {verdict:?}",
                pending.ready
            ));
        }
    }
}
