//! The external metrics API, put together.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use kube::Client;
use operator_controllers::Controllers;
use operator_metrics_api::certificates::{
    API_SERVICE, CertificateFiles, Keeper, Settings, dns_names,
};
use operator_metrics_api::{
    Authenticator, Authorizer, EngineReader, Holds, Limits, MetricsApi, Readiness, Server,
    ServingCertificate, TlsVersion,
};
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::args::{ClusterArgs, ServingArgs};

/// How often files of certificates are read again.
const REREAD: Duration = Duration::from_secs(10);

/// Serves until `stop`, if it is to be served at all.
pub(super) async fn start(
    (serving, cluster): (&ServingArgs, &ClusterArgs),
    client: &Client,
    controllers: &Controllers,
    readiness: Readiness,
    tracker: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let Some(address) = serving.metrics_api_bind_address.0 else {
        return Ok(());
    };
    let authenticator = Authenticator::load(client.clone())
        .await
        .context("whom the metrics API is to believe is not known")?;
    let authenticator = Arc::new(authenticator);
    let reader = EngineReader {
        engine: controllers.engine(),
    };
    let api = Arc::new(MetricsApi::new(
        Arc::new(reader),
        authenticator.clone(),
        Authorizer::new(client.clone(), Holds::default()),
        readiness,
    ));
    let certificate = certificate((serving, cluster), client, tracker, stop).await?;
    let limits = Limits::default();
    let server = Server::bind(address, certificate, TlsVersion::default(), api, limits)
        .await
        .context(
            "the metrics API cannot be served; --metrics-api-bind-address names another address",
        )?;
    tracing::info!(%address, option = "--metrics-api-bind-address", "listening");
    let cancel = stop.clone();
    tracker.spawn(async move { authenticator.follow(cancel).await });
    let stop = stop.clone();
    tracker.spawn(async move {
        let drained = server.serve(stop.clone()).await;
        if drained.cut_off > 0 {
            tracing::warn!(
                connections = drained.cut_off,
                "connections to the metrics API were cut off"
            );
        }
        // It ends only when told to, or when its address is lost.
        stop.cancel();
    });
    Ok(())
}

/// The user's certificate where there is one, else ours.
async fn certificate(
    (serving, cluster): (&ServingArgs, &ClusterArgs),
    client: &Client,
    tracker: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<Arc<ServingCertificate>> {
    let cancel = stop.clone();
    let files = CertificateFiles::new(&serving.cert_dir);
    if files.are_foreign().await {
        let folder = serving.cert_dir.display();
        let certificate = files.load().await;
        let certificate = certificate.with_context(|| format!("the certificate in {folder}"))?;
        let certificate = Arc::new(certificate);
        let followed = certificate.clone();
        tracker.spawn(async move { files.follow(&followed, REREAD, cancel).await });
        return Ok(certificate);
    }
    let service = serving.metrics_server_service_name.as_str();
    let names = dns_names(
        &[service],
        &cluster.pod_namespace,
        &serving.k8s_cluster_domain,
    );
    let settings = Settings {
        secret: serving.cert_secret_name.clone(),
        api_service: serving
            .enable_apiservice_patching
            .then(|| API_SERVICE.to_string()),
        ..Settings::new(&cluster.pod_namespace, names)
    };
    let keeper = Keeper::new(client.clone(), settings);
    let bundle = keeper
        .ensure()
        .await
        .context("there is no certificate for the metrics API")?;
    let certificate = ServingCertificate::new(&bundle.tls_crt, bundle.tls_key.expose_secret())?;
    let certificate = Arc::new(certificate);
    let followed = certificate.clone();
    tracker.spawn(async move { keeper.follow(&followed, cancel).await });
    Ok(certificate)
}
