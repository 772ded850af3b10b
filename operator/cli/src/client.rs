//! Asks a running penstock.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::view::World;

/// It answers from memory, on this machine as a rule.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the penstock at `admin` tells of itself.
pub(crate) async fn world(admin: SocketAddr) -> anyhow::Result<World> {
    let url = format!("http://{admin}/api/v1/objects");
    let body = tokio::time::timeout(PATIENCE, get(&url))
        .await
        .with_context(|| format!("{url} did not answer within {PATIENCE:?}"))?
        .with_context(|| {
            format!("cannot ask {admin}; is `penstock run` running there (--admin)?")
        })?;
    serde_json::from_slice(&body).with_context(|| format!("{url} did not answer as penstock does"))
}

async fn get(url: &str) -> anyhow::Result<Bytes> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let response = client.get(url.parse()?).await.map_err(|error| {
        // The outer errors only say that connecting failed; the innermost says why.
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        anyhow::anyhow!(cause.to_string())
    })?;
    let status = response.status();
    if !status.is_success() {
        bail!("{url} answered {status}");
    }
    Ok(response.into_body().collect().await?.to_bytes())
}
