//! The certificate's keeper.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use base64::Engine;
use operator_metrics_api::ServingCertificate;
use operator_metrics_api::certificates::{
    API_SERVICE, CertificateFiles, Keeper, SECRET, Settings, dns_names,
};
use secrecy::ExposeSecret;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::cluster::Cluster;
use crate::pki::{Authority, Pair};
use crate::world::{HPA, METRIC, World, until};

fn settings() -> Settings {
    let names = dns_names(
        &["keda-operator-metrics-apiserver"],
        "keda",
        "cluster.local",
    );
    Settings::new("keda", names)
}

/// A clock that is behind by that many days, until it is set right.
fn behind(days: u64) -> (Arc<AtomicU64>, Arc<dyn Fn() -> SystemTime + Send + Sync>) {
    let days = Arc::new(AtomicU64::new(days));
    let read = days.clone();
    let day = Duration::from_secs(24 * 3600);
    let clock = move || {
        let days = u32::try_from(read.load(Ordering::SeqCst)).unwrap();
        SystemTime::now() - day * days
    };
    (days, Arc::new(clock))
}

#[tokio::test]
async fn replicas_that_start_at_once_agree_on_one_certificate() {
    let (cluster, client) = Cluster::start().await;
    let all = (0..12).map(|_| {
        let keeper = Keeper::new(client.clone(), settings());
        async move { keeper.ensure().await.unwrap().tls_crt }
    });
    let all = futures::future::join_all(all).await;
    assert!(all.iter().all(|crt| crt == &all[0]));
    let secrets = cluster.secrets.lock().unwrap().clone();
    let data = secrets[SECRET]["data"].as_object().unwrap();
    let keys: Vec<_> = data.keys().map(String::as_str).collect();
    assert_eq!(keys, ["ca.crt", "ca.key", "tls.crt", "tls.key"]);
}

#[tokio::test]
async fn replicas_that_renew_at_once_agree_too() {
    let (_cluster, client) = Cluster::start().await;
    let long_ago = Keeper::with_clock(client.clone(), settings(), behind(300).1);
    let first = long_ago.ensure().await.unwrap();
    let all = (0..12).map(|_| {
        let keeper = Keeper::new(client.clone(), settings());
        async move { keeper.ensure().await.unwrap().tls_crt }
    });
    let all = futures::future::join_all(all).await;
    assert!(
        all.iter()
            .all(|crt| crt == &all[0] && crt != &first.tls_crt)
    );
    let again = Keeper::new(client, settings()).ensure().await.unwrap();
    assert_eq!(again.tls_crt, all[0]);
    assert_eq!(again.ca_crt, first.ca_crt);
}

#[tokio::test]
async fn a_secret_without_all_parts_is_filled_and_keeps_what_else_it_has() {
    let (cluster, client) = Cluster::start().await;
    let empty = json!({
        "kind": "Secret", "apiVersion": "v1", "data": {"note": "eA=="},
        "metadata": {"name": SECRET, "namespace": "keda", "resourceVersion": "1", "labels": {"app": "keda"}},
    });
    cluster.secrets.lock().unwrap().insert(SECRET.into(), empty);
    Keeper::new(client, settings()).ensure().await.unwrap();
    let secret = cluster.secrets.lock().unwrap()[SECRET].clone();
    assert_eq!(secret["data"]["note"], "eA==");
    assert_eq!(secret["metadata"]["labels"]["app"], "keda");
    assert!(secret["data"]["tls.key"].is_string());
}

#[tokio::test]
async fn cert_managers_secret_is_left_alone() {
    let (cluster, client) = Cluster::start().await;
    let foreign = json!({
        "kind": "Secret", "apiVersion": "v1", "data": {},
        "metadata": {"name": SECRET, "annotations": {"cert-manager.io/certificate-name": "x"}},
    });
    cluster
        .secrets
        .lock()
        .unwrap()
        .insert(SECRET.into(), foreign.clone());
    let error = Keeper::new(client, settings()).ensure().await.unwrap_err();
    assert_eq!(error.reason(), "CertificateSecretForeign");
    assert_eq!(cluster.secrets.lock().unwrap()[SECRET], foreign);
}

#[tokio::test]
async fn the_authority_is_made_known_once_and_again_when_somebody_undoes_it() {
    let (cluster, client) = Cluster::start().await;
    let service = json!({
        "kind": "APIService", "apiVersion": "apiregistration.k8s.io/v1",
        "metadata": {"name": API_SERVICE},
        "spec": {"groupPriorityMinimum": 100, "versionPriority": 100, "insecureSkipTLSVerify": true},
    });
    cluster
        .api_services
        .lock()
        .unwrap()
        .insert(API_SERVICE.into(), service.clone());
    let keeper = Keeper::new(client, settings());
    let bundle = keeper.ensure().await.unwrap();
    assert!(keeper.inject(&bundle).await.unwrap());
    assert!(!keeper.inject(&bundle).await.unwrap());
    assert_eq!(cluster.patches.load(Ordering::SeqCst), 1);
    let spec = cluster.api_services.lock().unwrap()[API_SERVICE]["spec"].clone();
    let text = base64::engine::general_purpose::STANDARD.encode(&bundle.ca_crt);
    assert_eq!(spec["caBundle"], text);
    assert_eq!(spec.get("insecureSkipTLSVerify"), None);
    cluster
        .api_services
        .lock()
        .unwrap()
        .insert(API_SERVICE.into(), service);
    assert!(keeper.inject(&bundle).await.unwrap());
}

#[tokio::test]
async fn a_renewal_reaches_the_server_without_a_restart() {
    let world = World::new().await;
    let (cluster, client) = Cluster::start().await;
    let service = json!({
        "kind": "APIService", "apiVersion": "apiregistration.k8s.io/v1",
        "metadata": {"name": API_SERVICE}, "spec": {"groupPriorityMinimum": 100, "versionPriority": 100},
    });
    cluster
        .api_services
        .lock()
        .unwrap()
        .insert(API_SERVICE.into(), service);
    let mut settings = settings();
    settings.names = vec!["localhost".into()];
    settings.every = Duration::from_millis(20);
    let (days, clock) = behind(300);
    let keeper = Keeper::with_clock(client.clone(), settings.clone(), clock);
    let first = keeper.ensure().await.unwrap();
    let serving = world.certificate.clone();
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let following = tokio::spawn(async move { keeper.follow(&serving, stop).await });
    let injected = |bundle: &str| {
        let text = base64::engine::general_purpose::STANDARD.encode(bundle);
        cluster.api_services.lock().unwrap()[API_SERVICE]["spec"]["caBundle"] == text
    };
    until(async || injected(&first.ca_crt)).await;
    let connect = |authority: String| {
        let (address, proxy) = (world.address, world.proxy.clone());
        async move { crate::caller::Caller::connect(address, &authority, Some(&proxy), "h2").await }
    };
    until(async || connect(first.ca_crt.clone()).await.is_ok()).await;
    let mut old = connect(first.ca_crt.clone()).await.unwrap();
    // The certificate is old now, and another replica renews it.
    days.store(0, Ordering::SeqCst);
    let second = Keeper::new(client, settings).ensure().await.unwrap();
    assert_ne!(second.tls_crt, first.tls_crt);
    let shown = Pair {
        chain: second.tls_crt.clone(),
        key: second.tls_key.expose_secret().into(),
    };
    let shown = shown.der().0.remove(0);
    until(async || {
        let new = connect(first.ca_crt.clone()).await.unwrap();
        new.shown == shown
    })
    .await;
    assert_eq!(old.get(METRIC, HPA).await.code, 200);
    cancel.cancel();
    following.await.unwrap();
}

#[tokio::test]
async fn files_are_served_as_they_change() {
    let world = World::new().await;
    let directory = tempfile::tempdir().unwrap();
    let write = |pair: &Pair| {
        std::fs::write(directory.path().join("tls.crt"), &pair.chain).unwrap();
        std::fs::write(directory.path().join("tls.key"), &pair.key).unwrap();
    };
    let files = CertificateFiles::new(directory.path());
    assert!(!files.are_foreign().await);
    assert_eq!(
        files.load().await.unwrap_err().reason(),
        "CertificateFileUnreadable"
    );
    let pairs = [
        world.serving.server("localhost"),
        world.serving.server("localhost"),
    ];
    write(&pairs[0]);
    assert!(files.are_foreign().await);
    files.load().await.unwrap();
    let serving = world.certificate.clone();
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let every = Duration::from_millis(10);
    let follow = files.clone();
    let following = tokio::spawn(async move { follow.follow(&serving, every, stop).await });
    for pair in &pairs {
        write(pair);
        let shown = pair.der().0.remove(0);
        until(async || world.proxied().await.shown == shown).await;
    }
    // A half-written pair changes nothing.
    std::fs::write(directory.path().join("tls.key"), "nonsense").unwrap();
    // sleep: several looks at the files
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(world.proxied().await.shown, pairs[1].der().0[0]);
    cancel.cancel();
    following.await.unwrap();
}

#[tokio::test]
async fn a_mounted_copy_of_the_kept_certificate_is_not_foreign() {
    let (_cluster, client) = Cluster::start().await;
    let bundle = Keeper::new(client, settings()).ensure().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("tls.crt"), &bundle.tls_crt).unwrap();
    std::fs::write(
        directory.path().join("tls.key"),
        bundle.tls_key.expose_secret(),
    )
    .unwrap();
    assert!(!CertificateFiles::new(directory.path()).are_foreign().await);
}

#[test]
fn a_certificate_that_is_none_is_refused() {
    let pair = Authority::new("x").server("localhost");
    for (chain, key) in [
        ("", pair.key.as_str()),
        (pair.chain.as_str(), ""),
        ("x", "y"),
    ] {
        let error = ServingCertificate::new(chain, key).unwrap_err();
        assert_eq!(error.reason(), "CertificateInvalid");
    }
}

#[test]
fn the_names_are_those_of_the_services() {
    let wanted = ["a", "a.keda", "a.keda.svc", "a.keda.svc.cluster.local"];
    assert_eq!(dns_names(&["a"], "keda", "cluster.local"), wanted);
}
