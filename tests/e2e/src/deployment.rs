use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::EnvVar;

use crate::cluster::NAMESPACE;

/// How the rendered Deployment starts the operator.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// Arguments after the program's name.
    pub arguments: Vec<String>,
    /// Its environment.
    pub environment: Vec<(String, String)>,
    /// Whose rights it has.
    pub service_account: String,
    /// By which it reaches the API server with them.
    pub kubeconfig: Option<PathBuf>,
    /// Where it answers /readyz.
    pub health: u16,
    /// Where it answers /metrics.
    pub metrics: u16,
    /// Where it answers `penstock explain`.
    pub admin: u16,
}

impl Launch {
    /// Reads the Deployment.
    pub(crate) fn of(deployment: &Deployment) -> Result<Self> {
        let spec = &deployment.spec;
        let pod = spec.template.spec.as_ref().context("a pod template")?;
        let container = pod.containers.first().context("a container")?;
        let command = container.command.clone().unwrap_or_default();
        ensure!(
            command == ["penstock"],
            "an unexpected command: {command:?}"
        );
        let environment = container.env.iter().flatten().map(variable);
        Ok(Self {
            arguments: container.args.clone().unwrap_or_default(),
            environment: environment.collect(),
            service_account: pod.service_account_name.clone().unwrap_or_default(),
            kubeconfig: None,
            health: 0,
            metrics: 0,
            admin: 0,
        })
    }
}

fn variable(of: &EnvVar) -> (String, String) {
    let field = of
        .value_from
        .as_ref()
        .and_then(|from| from.field_ref.as_ref());
    let value = match field.map(|field| field.field_path.as_str()) {
        Some("metadata.namespace") => NAMESPACE.to_string(),
        Some("metadata.name") => "penstock-operator-0".to_string(),
        _ => of.value.clone().unwrap_or_default(),
    };
    (of.name.clone(), value)
}
