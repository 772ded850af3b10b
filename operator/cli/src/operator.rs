//! `penstock operator`.

mod metrics_api;
mod subject;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use kube::{Client, Config};
use operator_controllers::{ClusterReads, Controllers, Lanes, Options, Rate};
use operator_engine::EngineConfig;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::{Admin, Subject};
use crate::args::{ClusterArgs, OperatorArgs};
use crate::catalog::{self, Trust};
use crate::run::stop;
use crate::scalers::Components;
use subject::Cluster;

/// Where a pod finds the namespace of its service account.
const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// Runs until it is told to stop.
pub(crate) async fn run(args: OperatorArgs) -> anyhow::Result<ExitCode> {
    let ignored = args.keda.given();
    if !ignored.is_empty() {
        tracing::info!(
            flags = ignored.join(" "),
            "flags of KEDA's that mean nothing here"
        );
    }
    let client = client().await?;
    let lanes = lanes(&args.cluster, &client);
    let reads = Arc::new(ClusterReads::new(lanes.polling.clone()));
    let catalog = catalog::open_with(&args.catalog, Trust::Tenants, Some(reads))?;
    let version = client
        .apiserver_version()
        .await
        .context("the API server does not answer")?;
    tracing::info!(version = version.git_version, "API server found");
    let controllers = Arc::new(controllers(&args, &client, lanes, catalog)?);

    let stop = CancellationToken::new();
    let (tracker, ended) = (TaskTracker::new(), CancellationToken::new());
    tracker.spawn(stop::on_signals(stop.clone(), ended.clone())?);
    let subject: Arc<dyn Subject> =
        Arc::new(Cluster::watching(controllers.clone(), &tracker, &stop));
    let serving = &args.serving;
    let health = serving.health_probe_bind_address.0;
    for (address, option) in [
        (health, "--health-probe-bind-address"),
        (serving.metrics_bind_address.0, "--metrics-bind-address"),
        (Some(serving.admin), "--admin"),
    ] {
        let Some(address) = address else { continue };
        let admin = Admin::bind(address, option).await?;
        tracing::info!(address = %admin.address, option, "listening");
        let serving = admin.serve(subject.clone(), stop.clone().cancelled_owned());
        let stop = stop.clone();
        tracker.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, option, "an address is no longer served");
                stop.cancel();
            }
        });
    }

    let ready: operator_metrics_api::Readiness = {
        let subject = subject.clone();
        Arc::new(move || subject.not_ready().map_or(Ok(()), Err))
    };
    let arguments = (&args.serving, &args.cluster);
    metrics_api::start(arguments, &client, &controllers, ready, &tracker, &stop).await?;

    let result = controllers.run(stop.clone(), args.drain_timeout).await;
    let asked = stop.is_cancelled();
    stop.cancel();
    ended.cancel();
    tracker.close();
    tracker.wait().await;
    let left = match result {
        Ok(left) => left,
        Err(error) => bail!(error),
    };
    for object in &left.unfinished {
        tracing::warn!(%object, "its task did not end in time");
    }
    tracing::info!("stopped");
    Ok(ExitCode::from(u8::from(
        !asked || !left.unfinished.is_empty(),
    )))
}

/// By the service account in a pod, else by the kubeconfig.
async fn client() -> anyhow::Result<Client> {
    let config = Config::infer().await.context(
        "no cluster: neither a service account of a pod nor a kubeconfig (KUBECONFIG) was found",
    )?;
    let server = config.cluster_url.to_string();
    Client::try_from(config).with_context(|| format!("no client can be made for {server}"))
}

/// Shares of the API server, below the rate that was given.
fn lanes(cluster: &ClusterArgs, client: &Client) -> Lanes {
    let rate = cluster.kube_api_qps;
    let rate = rate.map(|qps| Rate::new(qps, cluster.kube_api_burst));
    Lanes::new(client, rate)
}

fn controllers(
    args: &OperatorArgs,
    client: &Client,
    lanes: Lanes,
    catalog: runtime_host::Catalog,
) -> anyhow::Result<Controllers> {
    let cluster = &args.cluster;
    let options = Options {
        namespaces: cluster.namespaces(),
        labels: cluster.watch_label_selector.clone(),
        authentication_labels: cluster.watch_label_selector_for_triggerauth.clone(),
        cluster_namespace: cluster_namespace(cluster)?,
        restrict_secrets: cluster.restrict_secret_access,
        file_root: cluster.filepath_auth_root_path.clone(),
        version: env!("CARGO_PKG_VERSION").into(),
        ..Options::default()
    };
    let config = EngineConfig {
        dry_run: args.dry_run,
        ..EngineConfig::default()
    };
    let scalers = Arc::new(Components(catalog));
    Ok(Controllers::new(client, lanes, options, scalers, config))
}

fn cluster_namespace(cluster: &ClusterArgs) -> anyhow::Result<String> {
    let given = cluster.cluster_object_namespace.clone();
    if let Some(given) = given.filter(|name| !name.is_empty()) {
        return Ok(given);
    }
    match std::fs::read_to_string(NAMESPACE_FILE) {
        Ok(name) => Ok(name.trim().to_string()),
        Err(_) => Ok(cluster.pod_namespace.clone()),
    }
}
