//! A server with all that it needs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use operator_metrics_api::{
    Authenticator, Authorizer, Drained, Holds, Limits, MetricItem, MetricReader, MetricsApi,
    ReadError, Server, ServingCertificate, TlsVersion,
};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::caller::Caller;
use crate::cluster::Cluster;
use crate::pki::{Authority, Pair};

pub(crate) const BASE: &str = "/apis/external.metrics.k8s.io/v1beta1";
pub(crate) const METRIC: &str = "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/s0-redis-list?labelSelector=scaledobject.keda.sh%2Fname%3Dworker";

/// The autoscaler, as the proxy says.
pub(crate) const HPA: &[(&str, &str)] = &[
    (
        "x-remote-user",
        "system:serviceaccount:kube-system:horizontal-pod-autoscaler",
    ),
    ("x-remote-group", "system:serviceaccounts"),
    ("x-remote-group", "system:authenticated"),
];

/// Values by object and metric.
#[derive(Default)]
pub(crate) struct Values {
    pub(crate) known: Mutex<BTreeMap<(String, String), Result<String, ReadError>>>,
    /// Answers wait for a permit when there is one to wait for.
    pub(crate) gate: Mutex<Option<Arc<Semaphore>>>,
}

impl MetricReader for Values {
    fn read<'a>(
        &'a self,
        namespace: &'a str,
        scaled_object: &'a str,
        metric: &'a str,
    ) -> BoxFuture<'a, Result<Vec<MetricItem>, ReadError>> {
        async move {
            let gate = self.gate.lock().unwrap().clone();
            if let Some(gate) = gate {
                gate.acquire().await.unwrap().forget();
            }
            let key = (format!("{namespace}/{scaled_object}"), metric.to_string());
            let known = self.known.lock().unwrap().get(&key).cloned();
            let value = known.unwrap_or_else(|| Err(ReadError::NoMetric(metric.into())))?;
            Ok(vec![MetricItem {
                name: metric.into(),
                value,
                measured_at: 1_790_000_000_000,
            }])
        }
        .boxed()
    }
}

pub(crate) struct World {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) values: Arc<Values>,
    pub(crate) api: Arc<MetricsApi>,
    pub(crate) certificate: Arc<ServingCertificate>,
    pub(crate) serving: Authority,
    /// Issues the proxy's certificates.
    pub(crate) proxies: Authority,
    /// Issues users' certificates.
    pub(crate) users: Authority,
    pub(crate) proxy: Pair,
    pub(crate) address: SocketAddr,
    pub(crate) cancel: CancellationToken,
    pub(crate) ready: Arc<Mutex<Result<(), String>>>,
    pub(crate) server: Option<JoinHandle<Drained>>,
}

pub(crate) fn trust(proxies: &str, users: &str) -> BTreeMap<String, String> {
    let entries = [
        ("client-ca-file", users),
        ("requestheader-client-ca-file", proxies),
        ("requestheader-allowed-names", r#"["front-proxy-client"]"#),
        (
            "requestheader-extra-headers-prefix",
            r#"["X-Remote-Extra-"]"#,
        ),
        ("requestheader-group-headers", r#"["X-Remote-Group"]"#),
        ("requestheader-username-headers", r#"["X-Remote-User"]"#),
        ("requestheader-uid-headers", r#"["X-Remote-Uid"]"#),
    ];
    entries
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .into()
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default(), Holds::default()).await
    }

    pub(crate) async fn with(limits: Limits, holds: Holds) -> Self {
        let (cluster, client) = Cluster::start().await;
        let serving = Authority::new("serving");
        let proxies = Authority::new("proxies");
        let users = Authority::new("users");
        *cluster.trust.lock().unwrap() = trust(&proxies.pem, &users.pem);
        let pair = serving.server("localhost");
        let certificate = Arc::new(ServingCertificate::new(&pair.chain, &pair.key).unwrap());
        let values = Arc::new(Values::default());
        let key = ("shop/worker".to_string(), "s0-redis-list".to_string());
        values.known.lock().unwrap().insert(key, Ok("1.500".into()));
        let authenticator = Arc::new(Authenticator::load(client.clone()).await.unwrap());
        let ready = Arc::new(Mutex::new(Ok(())));
        let readiness = ready.clone();
        let api = Arc::new(MetricsApi::new(
            values.clone(),
            authenticator.clone(),
            Authorizer::new(client, holds),
            Arc::new(move || readiness.lock().unwrap().clone()),
        ));
        let any = "127.0.0.1:0".parse().unwrap();
        let server = Server::bind(
            any,
            certificate.clone(),
            TlsVersion::Tls12,
            api.clone(),
            limits,
        );
        let server = server.await.unwrap();
        let address = server.address().unwrap();
        let cancel = CancellationToken::new();
        let follow = cancel.clone();
        tokio::spawn(async move { authenticator.follow(follow).await });
        let serve = tokio::spawn(server.serve(cancel.clone()));
        let proxy = proxies.client("front-proxy-client", &[]);
        Self {
            cluster,
            values,
            api,
            certificate,
            serving,
            proxies,
            users,
            proxy,
            address,
            cancel,
            ready,
            server: Some(serve),
        }
    }

    /// A connection over HTTP/1.1 with that certificate.
    pub(crate) async fn caller(&self, certificate: Option<&Pair>) -> Caller {
        let caller = Caller::connect(self.address, &self.serving.pem, certificate, "http/1.1");
        caller.await.unwrap()
    }

    /// The cluster's proxy, over HTTP/2.
    pub(crate) async fn proxied(&self) -> Caller {
        let proxy = Some(&self.proxy);
        let caller = Caller::connect(self.address, &self.serving.pem, proxy, "h2");
        caller.await.unwrap()
    }

    /// How many access reviews there were.
    pub(crate) fn reviews(&self) -> usize {
        self.cluster.reviews.lock().unwrap().len()
    }
}

/// Waits until that holds.
pub(crate) async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !holds().await {
            // sleep: between two looks at the server
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    waited.await.expect("what is waited for does not come");
}
