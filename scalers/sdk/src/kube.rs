//! Counts and single values of the cluster that the trigger lives in, of the trigger's own
//! namespace. Pods are asked for by `kube = ["pods"]` in `scaler.toml`, a ConfigMap by the role
//! `config-map` of the parameter that names it; the operator has to grant both.

use crate::Failure;
#[cfg(target_family = "wasm")]
use crate::bindings::penstock::scaler::kube_read as backend;
#[cfg(not(target_family = "wasm"))]
use crate::native::kube as backend;

/// How many pods with these labels have neither succeeded nor failed. `label_selector` is
/// Kubernetes' text, such as `app=web,tier in (a, b)`.
///
/// # Errors
/// `Denied` without the grant, `Unavailable` without a cluster, `Forbidden` where the operator itself
/// may not look.
pub fn count_pods(label_selector: &str) -> Result<u64, Failure> {
    Ok(backend::count_pods(label_selector)?)
}

/// On how many nodes those pods are; pods without a node do not count.
///
/// # Errors
/// As [`count_pods`].
pub fn count_nodes(label_selector: &str) -> Result<u64, Failure> {
    Ok(backend::count_nodes(label_selector)?)
}

/// The text at `key` in a ConfigMap's `data`; `None`: it has no such key.
///
/// # Errors
/// As [`count_pods`], and `NotFound` where there is no such ConfigMap.
pub fn config_map_value(name: &str, key: &str) -> Result<Option<String>, Failure> {
    Ok(backend::config_map_value(name, key)?)
}
