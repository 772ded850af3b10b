use std::path::PathBuf;

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar};
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A program of which `penstock run` keeps as many replicas as a ScaledObject asks for.
#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "penstock.dev",
    version = "v1alpha1",
    kind = "Process",
    plural = "processes",
    namespaced,
    derive = "PartialEq",
    doc = "A local program that is scaled by starting and ending replicas of it."
)]
#[serde(rename_all = "camelCase")]
pub struct ProcessSpec {
    /// The program and its first arguments. No shell is involved. A program such as `./worker` is beside
    /// the manifest, or in the working directory where one is given.
    #[schemars(length(min = 1))]
    pub command: Vec<String>,
    /// Further arguments; in them and in `command`, `$(VAR)` stands for a variable of `env` or `envFrom`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Variables added to penstock's own environment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<EnvVar>,
    /// Whole Secrets and ConfigMaps as variables; `env` wins over them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env_from: Vec<EnvFromSource>,
    /// The directory it runs in; relative to the manifest's own directory. Penstock's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<PathBuf>,
    /// Seconds between SIGTERM and SIGKILL.
    #[serde(default = "thirty")]
    #[schemars(range(min = 0))]
    pub termination_grace_period_seconds: i64,
    /// Where its output goes.
    #[serde(default)]
    pub log: LogDestination,
}

/// Kubernetes' default.
fn thirty() -> i64 {
    30
}

/// Where a replica's output goes: `stdout`, `discard`, or the path of a file that is appended to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum LogDestination {
    /// Penstock's own output, each line with the replica's name before it.
    #[default]
    Stdout,
    /// Nowhere.
    Discard,
    /// A file; relative to the manifest's own directory.
    File(PathBuf),
}

impl From<String> for LogDestination {
    fn from(text: String) -> Self {
        match text.as_str() {
            "" | "stdout" => Self::Stdout,
            "discard" => Self::Discard,
            _ => Self::File(text.into()),
        }
    }
}

impl From<LogDestination> for String {
    fn from(destination: LogDestination) -> Self {
        match destination {
            LogDestination::Stdout => "stdout".into(),
            LogDestination::Discard => "discard".into(),
            LogDestination::File(path) => path.to_string_lossy().into_owned(),
        }
    }
}
