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
use operator_engine::Snapshot;
use operator_standalone::run::Standalone;
use tokio::net::TcpListener;

use crate::view::World;

/// What is asked about at the admin address.
pub(crate) trait Subject: Send + Sync {
    /// Why it is not ready, if it is not.
    fn not_ready(&self) -> Option<String>;
    /// All there is to show.
    fn world(&self) -> World;
    /// The objects that are run.
    fn snapshots(&self) -> Vec<Arc<Snapshot>>;
}

/// The bound address.
pub(crate) struct Admin {
    listener: TcpListener,
    /// Where it answers: a port of 0 has become a real one.
    pub(crate) address: SocketAddr,
}

impl Admin {
    /// Takes the address, which `option` gave.
    pub(crate) async fn bind(address: SocketAddr, option: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}; choose another with {option}"))?;
        let address = listener
            .local_addr()
            .context("the admin address is not known")?;
        Ok(Self { listener, address })
    }

    /// Answers until `stop`.
    pub(crate) async fn serve(
        self,
        subject: Arc<dyn Subject>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let router = Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(page))
            .route("/api/v1/objects", get(objects))
            .with_state(subject);
        axum::serve(self.listener, router)
            .with_graceful_shutdown(stop)
            .await
    }
}

async fn ready(State(subject): State<Arc<dyn Subject>>) -> Response {
    match subject.not_ready() {
        None => "ok\n".into_response(),
        Some(text) => (StatusCode::SERVICE_UNAVAILABLE, text + "\n").into_response(),
    }
}

async fn objects(State(subject): State<Arc<dyn Subject>>) -> Json<World> {
    Json(subject.world())
}

async fn page(State(subject): State<Arc<dyn Subject>>) -> Response {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match metrics::page(subject.snapshots()) {
        Ok(page) => ([(header::CONTENT_TYPE, OPEN_METRICS)], page).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

impl Subject for Standalone {
    /// Ready once the files have been read and each object that can be run has been polled.
    fn not_ready(&self) -> Option<String> {
        // Before the first look at the files there is no object that could be waited for.
        if *self.changes().borrow() == 0 {
            return Some("the files have not been read yet".into());
        }
        let view = self.view();
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
        (!waiting.is_empty()).then(|| format!("not polled yet: {}", waiting.join(", ")))
    }

    fn world(&self) -> World {
        World::from(self.view())
    }

    fn snapshots(&self) -> Vec<Arc<Snapshot>> {
        self.engine().snapshots()
    }
}
