//! A metrics API server as small as can be, behind the aggregation layer.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::{ConfigMap, Service};
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;
use kube::Client;
use kube::api::{Api, PostParams};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::{Value, json};
use tests_control_plane::{ControlPlane, eventually};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::PATIENCE;

/// A request, as the aggregation layer passed it on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Call {
    pub(crate) user: String,
    pub(crate) path: String,
    pub(crate) query: String,
}

#[derive(Default)]
struct State {
    value: AtomicI64,
    seen: Mutex<BTreeSet<Call>>,
}

/// The server; it ends when this is dropped.
pub(crate) struct ExternalMetrics {
    state: Arc<State>,
    _tasks: JoinSet<()>,
}

impl ExternalMetrics {
    /// Starts one on a loopback port, and returns when the API server passes requests on to it.
    pub(crate) async fn start(plane: &ControlPlane) -> Self {
        let client = plane.client().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = TlsAcceptor::from(Arc::new(tls(plane, &client).await));
        let state = Arc::new(State::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, acceptor, state.clone()));
        register(plane, &client, port).await;
        Self {
            state,
            _tasks: tasks,
        }
    }

    pub(crate) fn set(&self, value: i64) {
        self.state.value.store(value, Ordering::Relaxed);
    }

    pub(crate) fn seen(&self) -> BTreeSet<Call> {
        self.state.seen.lock().unwrap().clone()
    }
}

/// Lets nobody in but the aggregation layer, whose authority is where real API servers look for it.
async fn tls(plane: &ControlPlane, client: &Client) -> ServerConfig {
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "kube-system");
    let map = maps
        .get("extension-apiserver-authentication")
        .await
        .unwrap();
    let pem = &map.data.unwrap()["requestheader-client-ca-file"];
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
        .build()
        .unwrap();
    let own = plane.authority().server(&["metrics.default.svc"]).unwrap();
    let certificate = CertificateDer::from_pem_slice(own.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

async fn register(plane: &ControlPlane, client: &Client, port: u16) {
    let services: Api<Service> = Api::default_namespaced(client.clone());
    let service = json!({
        "metadata": {"name": "metrics"},
        "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]}
    });
    let service = serde_json::from_value(service).unwrap();
    let post = PostParams::default();
    services.create(&post, &service).await.unwrap();
    let apis: Api<APIService> = Api::all(client.clone());
    let mut api: APIService = serde_json::from_value(json!({
        "metadata": {"name": "v1beta1.external.metrics.k8s.io"},
        "spec": {
            "group": "external.metrics.k8s.io", "version": "v1beta1",
            "groupPriorityMinimum": 100, "versionPriority": 100,
            "service": {"namespace": "default", "name": "metrics", "port": port}
        }
    }))
    .unwrap();
    let authority = plane.authority().certificate().as_bytes().to_vec();
    api.spec.as_mut().unwrap().ca_bundle = Some(k8s_openapi::ByteString(authority));
    apis.create(&post, &api).await.unwrap();
    eventually("the API is available", PATIENCE, async || {
        let status = apis.get("v1beta1.external.metrics.k8s.io").await?.status;
        let conditions = status.and_then(|s| s.conditions).unwrap_or_default();
        let available = conditions.iter().find(|c| c.type_ == "Available");
        anyhow::ensure!(
            available.is_some_and(|c| c.status == "True"),
            "{available:?}"
        );
        Ok(())
    })
    .await
    .unwrap();
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, state) = (acceptor.clone(), state.clone());
        connections.spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                let answer = service_fn(|request| {
                    let response = answer(&state, &request);
                    async { Ok::<_, Infallible>(response) }
                });
                let connection = http1::Builder::new();
                // The other side may leave when it likes.
                let _ = connection
                    .serve_connection(TokioIo::new(stream), answer)
                    .await;
            }
        });
    }
}

fn answer(state: &State, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let user = request.headers().get("x-remote-user");
    let path = request.uri().path();
    state.seen.lock().unwrap().insert(Call {
        user: user.map_or("", |u| u.to_str().unwrap()).into(),
        path: path.into(),
        query: request.uri().query().unwrap_or_default().into(),
    });
    let group = "/apis/external.metrics.k8s.io/v1beta1";
    let (status, body) = match path.strip_prefix(group) {
        Some("" | "/") => (200, resources()),
        Some("/namespaces/default/queue-length") => {
            (200, values(state.value.load(Ordering::Relaxed)))
        }
        _ => (
            404,
            json!({"kind": "Status", "apiVersion": "v1", "code": 404}),
        ),
    };
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Full::from(body.to_string()))
        .unwrap()
}

fn resources() -> Value {
    json!({
        "kind": "APIResourceList", "apiVersion": "v1",
        "groupVersion": "external.metrics.k8s.io/v1beta1",
        "resources": [{"name": "externalmetrics", "singularName": "", "namespaced": true,
            "kind": "ExternalMetricValueList", "verbs": ["get"]}]
    })
}

fn values(value: i64) -> Value {
    json!({
        "kind": "ExternalMetricValueList", "apiVersion": "external.metrics.k8s.io/v1beta1",
        "metadata": {},
        "items": [{"metricName": "queue-length", "metricLabels": {},
            "timestamp": "2026-01-01T00:00:00Z", "value": value.to_string()}]
    })
}
