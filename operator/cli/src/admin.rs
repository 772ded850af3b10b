//! The admin address: health, metrics, and what is going on.

mod metrics;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use operator_standalone::run::Standalone;
use tokio::net::TcpListener;

use crate::view::World;

/// The bound address.
pub(crate) struct Admin {
    listener: TcpListener,
    /// Where it answers: a port of 0 has become a real one.
    pub(crate) address: SocketAddr,
}

impl Admin {
    /// Takes the address.
    pub(crate) async fn bind(address: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("cannot serve the admin address {address}; choose another with --admin, or --no-admin")
        })?;
        let address = listener
            .local_addr()
            .context("the admin address is not known")?;
        Ok(Self { listener, address })
    }

    /// Answers until `stop`.
    pub(crate) async fn serve(
        self,
        standalone: Arc<Standalone>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let router = Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(page))
            .route("/api/v1/objects", get(objects))
            .with_state(standalone);
        axum::serve(self.listener, router)
            .with_graceful_shutdown(stop)
            .await
    }
}

/// Ready once the files have been read and each object that can be run has been polled.
async fn ready(State(standalone): State<Arc<Standalone>>) -> Response {
    // Before the first look at the files there is no object that could be waited for.
    if *standalone.changes().borrow() == 0 {
        let text = "the files have not been read yet\n";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    }
    let view = standalone.view();
    let waiting: Vec<String> = view
        .objects
        .iter()
        .filter(|object| object.error.is_none())
        .filter(|object| {
            let snapshot = object.snapshot.as_ref();
            snapshot.is_none_or(|s| s.counters.polls == 0)
        })
        .map(|object| object.key.to_string())
        .collect();
    match waiting.is_empty() {
        true => "ok\n".into_response(),
        false => {
            let text = format!("not polled yet: {}\n", waiting.join(", "));
            (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
        }
    }
}

async fn objects(State(standalone): State<Arc<Standalone>>) -> Json<World> {
    Json(World::from(standalone.view()))
}

async fn page(State(standalone): State<Arc<Standalone>>) -> Response {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match metrics::page(standalone.engine().snapshots()) {
        Ok(page) => ([(header::CONTENT_TYPE, OPEN_METRICS)], page).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
