//! A metrics API server behind the aggregation layer, that asks somebody else for each answer.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
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
use tests_e2e::PATIENCE;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

const GROUP: &str = "/apis/external.metrics.k8s.io/v1beta1";

/// Serves until this is dropped. `answer` is told a metric's name, and gives thousandths, or nothing.
pub(super) async fn start<A, F>(plane: &ControlPlane, answer: A) -> Result<JoinSet<()>>
where
    A: Fn(String) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Option<i64>> + Send + 'static,
{
    let client = plane.client().await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let acceptor = TlsAcceptor::from(Arc::new(tls(plane, &client).await?));
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(listener, acceptor, answer));
    register(plane, &client, port).await?;
    Ok(tasks)
}

/// Lets nobody in but the aggregation layer, whose authority is where real API servers look for it.
async fn tls(plane: &ControlPlane, client: &Client) -> Result<ServerConfig> {
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "kube-system");
    let map = maps.get("extension-apiserver-authentication").await?;
    let data = map.data.context("no data")?;
    let mut roots = RootCertStore::empty();
    let pem = data["requestheader-client-ca-file"].as_bytes();
    roots.add(CertificateDer::from_pem_slice(pem)?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone()).build()?;
    let own = plane.authority().server(&["metrics.default.svc"])?;
    let certificate = CertificateDer::from_pem_slice(own.certificate.as_bytes())?;
    let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes())?;
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate], key)?)
}

async fn register(plane: &ControlPlane, client: &Client, port: u16) -> Result<()> {
    let services: Api<Service> = Api::default_namespaced(client.clone());
    let service = serde_json::from_value(json!({
        "metadata": {"name": "metrics"},
        "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]}
    }))?;
    let post = PostParams::default();
    services.create(&post, &service).await?;
    let apis: Api<APIService> = Api::all(client.clone());
    let name = "v1beta1.external.metrics.k8s.io";
    let mut api: APIService = serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {
            "group": "external.metrics.k8s.io", "version": "v1beta1",
            "groupPriorityMinimum": 100, "versionPriority": 100,
            "service": {"namespace": "default", "name": "metrics", "port": port}
        }
    }))?;
    let authority = plane.authority().certificate().as_bytes().to_vec();
    let spec = api.spec.as_mut().context("a spec")?;
    spec.ca_bundle = Some(k8s_openapi::ByteString(authority));
    apis.create(&post, &api).await?;
    eventually("the API is available", PATIENCE, async || {
        let status = apis.get(name).await?.status;
        let conditions = status.and_then(|s| s.conditions).unwrap_or_default();
        let available = conditions.iter().find(|c| c.type_ == "Available");
        ensure!(
            available.is_some_and(|c| c.status == "True"),
            "{available:?}"
        );
        Ok(())
    })
    .await
}

async fn serve<A, F>(listener: TcpListener, acceptor: TlsAcceptor, answer: A)
where
    A: Fn(String) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Option<i64>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, answer) = (acceptor.clone(), answer.clone());
        connections.spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = service_fn(move |request: Request<Incoming>| {
                let answer = answer.clone();
                async move { Ok::<_, Infallible>(respond(request.uri().path(), answer).await) }
            });
            // The other side may leave when it likes.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn respond<A, F>(path: &str, answer: A) -> Response<Full<Bytes>>
where
    A: Fn(String) -> F,
    F: Future<Output = Option<i64>>,
{
    let path = path.strip_prefix(GROUP);
    let (status, body) = match path {
        Some("" | "/") => (200, resources()),
        Some(path) => {
            let metric = path
                .strip_prefix("/namespaces/default/")
                .unwrap_or_default();
            match answer(metric.to_string()).await {
                Some(value) => (200, values(metric, value)),
                None => (
                    500,
                    json!({"kind": "Status", "apiVersion": "v1", "code": 500}),
                ),
            }
        }
        None => (
            404,
            json!({"kind": "Status", "apiVersion": "v1", "code": 404}),
        ),
    };
    let response = Response::builder().status(status);
    let response = response.header("content-type", "application/json");
    let body = Full::from(body.to_string());
    response.body(body).expect("a status and a header")
}

fn resources() -> Value {
    json!({
        "kind": "APIResourceList", "apiVersion": "v1",
        "groupVersion": "external.metrics.k8s.io/v1beta1",
        "resources": [{"name": "externalmetrics", "singularName": "", "namespaced": true,
            "kind": "ExternalMetricValueList", "verbs": ["get"]}]
    })
}

fn values(metric: &str, thousandths: i64) -> Value {
    json!({
        "kind": "ExternalMetricValueList", "apiVersion": "external.metrics.k8s.io/v1beta1",
        "metadata": {},
        "items": [{"metricName": metric, "metricLabels": {},
            "timestamp": "2026-01-01T00:00:00Z", "value": format!("{thousandths}m")}]
    })
}
