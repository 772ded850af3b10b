//! What a new control plane is given, and how one sees that each of its processes works.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::{Node, Pod, ServiceAccount};
use kube::api::{Api, DeleteParams, PostParams};
use kube::{Client, Error};
use serde_json::json;

use crate::eventually;

/// Whether the API server says that it is ready.
pub(crate) async fn api_server_is_ready(client: &Client) -> Result<()> {
    let request = http::Request::get("/readyz").body(Vec::new())?;
    let answer = client.request_text(request).await?;
    ensure!(answer == "ok", "/readyz is {answer}");
    Ok(())
}

/// Makes the nodes.
pub(crate) async fn create(client: &Client, count: usize) -> Result<()> {
    let api: Api<Node> = Api::all(client.clone());
    for number in 0..count {
        let name = format!("node-{number}");
        let node = serde_json::from_value(json!({
            "metadata": {"name": name, "labels": {
                "kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}},
            "status": {
                "allocatable": {"cpu": "1000", "memory": "4Ti", "pods": "10000"},
                "capacity": {"cpu": "1000", "memory": "4Ti", "pods": "10000"}}
        }))?;
        match api.create(&PostParams::default(), &node).await {
            Err(Error::Api(status)) if status.is_already_exists() => {}
            result => drop(result.with_context(|| format!("making {name}"))?),
        }
    }
    Ok(())
}

/// Returns when the controllers, the scheduler and kwok have been seen at work.
pub(crate) async fn see_all_work(
    client: &Client,
    patience: Duration,
    check: impl Fn() -> Result<()>,
) -> Result<()> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), "default");
    eventually(
        "the controllers make service accounts",
        patience,
        async || {
            check()?;
            Ok(accounts.get("default").await.map(drop)?)
        },
    )
    .await?;

    let pods: Api<Pod> = Api::namespaced(client.clone(), "kube-system");
    let probe = serde_json::from_value(json!({
        "metadata": {"name": PROBE},
        "spec": {"containers": [{"name": "probe", "image": "none"}]}
    }))?;
    pods.create(&PostParams::default(), &probe).await?;
    eventually("a pod is scheduled and runs", patience, async || {
        check()?;
        let phase = pods.get(PROBE).await?.status.and_then(|s| s.phase);
        ensure!(phase.as_deref() == Some("Running"), "it is {phase:?}");
        Ok(())
    })
    .await?;
    pods.delete(PROBE, &DeleteParams::default()).await?;
    eventually("a pod that is deleted goes", patience, async || {
        check()?;
        ensure!(pods.get_opt(PROBE).await?.is_none(), "it is still there");
        Ok(())
    })
    .await
}

const PROBE: &str = "penstock-probe";
