use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use kube::{Api, Client};
use serde_json::{Value, json};
use tests_control_plane::{ControlPlane, Options};

use crate::Operator;
use crate::deployment::Launch;

/// Where the chart is installed.
pub(crate) const NAMESPACE: &str = "keda";
/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A control plane with the chart installed.
pub struct Cluster {
    plane: ControlPlane,
    launch: Launch,
}

impl Cluster {
    /// A control plane of its own, with the chart; `None` where the programs are not built.
    ///
    /// # Errors
    /// When the chart cannot be installed.
    pub async fn install(options: Options, values: &[&str]) -> Result<Option<Self>> {
        let Some(plane) = ControlPlane::for_test(options).await else {
            return Ok(None);
        };
        let ports = [free_port()?, free_port()?, free_port()?, free_port()?];
        let [api, metrics, health, admin] = ports;
        let mut arguments = vec![
            "install".to_string(),
            "penstock".into(),
            chart().display().to_string(),
            "--namespace".into(),
            NAMESPACE.into(),
            "--create-namespace".into(),
        ];
        let mut set = |value: String| arguments.extend(["--set".to_string(), value]);
        set(format!("service.portHttps={api}"));
        set(format!("service.portHttpsTarget={api}"));
        set("prometheus.operator.enabled=true".into());
        set(format!("prometheus.operator.port={metrics}"));
        set(format!("operator.healthProbePort={health}"));
        set(format!("extraArgs.keda.admin=127.0.0.1:{admin}"));
        for value in values {
            set((*value).to_string());
        }
        run(&mut plane.helm(arguments))?;
        // The pods that the Service selects are played by nobody: the operator is a process here.
        let local = json!({"spec": {"type": "ExternalName", "externalName": "localhost", "selector": null,
            "clusterIP": null, "clusterIPs": null}});
        let service = "service/penstock-operator-metrics-apiserver";
        let patch = [
            "patch",
            service,
            "-n",
            NAMESPACE,
            "--type=merge",
            "-p",
            &local.to_string(),
        ];
        run(&mut plane.kubectl(patch))?;
        let client = plane.client().await?;
        let deployments: Api<Deployment> = Api::namespaced(client, NAMESPACE);
        let deployment = deployments.get("penstock-operator").await?;
        let launch = Launch::of(&deployment)?;
        let kubeconfig = plane
            .service_account_kubeconfig(NAMESPACE, &launch.service_account)
            .await?;
        let launch = Launch {
            kubeconfig: Some(kubeconfig),
            health,
            metrics,
            admin,
            ..launch
        };
        Ok(Some(Self { plane, launch }))
    }

    /// The control plane.
    pub fn plane(&self) -> &ControlPlane {
        &self.plane
    }

    /// Starts the operator, and waits until it is ready.
    ///
    /// # Errors
    /// When it ends or is not ready in time.
    pub async fn operator(&self) -> Result<Operator> {
        let operator = Operator::start(&self.launch, self.plane.folder())?;
        operator.ready().await?;
        Ok(operator)
    }

    /// Starts the operator, and does not wait for it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn operator_unready(&self) -> Result<Operator> {
        Operator::start(&self.launch, self.plane.folder())
    }

    /// An administrator's client.
    ///
    /// # Errors
    /// When the kubeconfig cannot be read.
    pub async fn client(&self) -> Result<Client> {
        self.plane.client().await
    }

    /// Applies manifests.
    ///
    /// # Errors
    /// The API server's.
    pub fn apply(&self, manifests: &str) -> Result<()> {
        let file = tempfile::NamedTempFile::with_suffix(".yaml")?;
        std::fs::write(file.path(), manifests)?;
        let path = file.path().display().to_string();
        run(&mut self.plane.kubectl(["apply", "-f", &path])).map(drop)
    }

    /// Runs `kubectl`.
    ///
    /// # Errors
    /// When it fails: with what it said.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        run(&mut self.plane.kubectl(arguments))
    }

    /// An object as JSON.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, namespace: &str, object: &str) -> Result<Value> {
        let text = self.kubectl(&["get", object, "-n", namespace, "-o", "json"])?;
        Ok(serde_json::from_str(&text)?)
    }
}

/// The chart in this repository.
fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../operator/chart")
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?}: {text}{said}");
    }
    Ok(text)
}

fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    ensure!(port != 0, "the system gives no port");
    Ok(port)
}
