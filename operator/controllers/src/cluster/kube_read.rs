//! What scalers may learn of the cluster: counts and single values.

use std::collections::BTreeSet;

use async_trait::async_trait;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::ListParams;
use kube::{Api, Resource};
use runtime_host::KubeRead;
use runtime_types::{Unknown, UnknownReason};
use serde::Deserialize;

use crate::lane::{ClusterError, Lane};

/// Pods that are still something, as the API server tells them apart.
const ALIVE: &str = "status.phase!=Succeeded,status.phase!=Failed";
/// Pods of one answer: what the API server's own clients ask for.
const PAGE: u32 = 500;

/// Reads through one share of the API server.
pub struct ClusterReads {
    lane: Lane,
}

impl ClusterReads {
    /// Reads through `lane`.
    pub fn new(lane: Lane) -> Self {
        Self { lane }
    }
}

#[async_trait]
impl KubeRead for ClusterReads {
    async fn count_pods(&self, namespace: &str, label_selector: &str) -> Result<u64, Unknown> {
        let api: Api<Pod> = Api::namespaced(self.lane.client(), namespace);
        let what = format!("count pods of {namespace}");
        let mut params = ListParams::default().labels(label_selector).fields(ALIVE);
        params.limit = Some(PAGE);
        let mut count = 0;
        loop {
            // Metadata alone: a thousand pods are some hundred kilobytes instead of ten megabytes.
            let page = self.lane.call(&what, api.list_metadata(&params)).await;
            let page = page.map_err(|error| unknown(&error))?;
            count += page.items.len() as u64;
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params.continue_token = Some(token),
                None => return Ok(count),
            }
        }
    }

    async fn count_nodes(&self, namespace: &str, label_selector: &str) -> Result<u64, Unknown> {
        let api: Api<PlacedPod> = Api::namespaced(self.lane.client(), namespace);
        let what = format!("count nodes of pods of {namespace}");
        let placed = format!("{ALIVE},spec.nodeName!=");
        let mut params = ListParams::default().labels(label_selector).fields(&placed);
        params.limit = Some(PAGE);
        let mut nodes = BTreeSet::new();
        loop {
            let page = self.lane.call(&what, api.list(&params)).await;
            let page = page.map_err(|error| unknown(&error))?;
            nodes.extend(page.items.into_iter().filter_map(|pod| pod.spec.node_name));
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params.continue_token = Some(token),
                None => return Ok(nodes.len() as u64),
            }
        }
    }

    async fn config_map_value(
        &self,
        namespace: &str,
        name: &str,
        key: &str,
    ) -> Result<Option<String>, Unknown> {
        let api: Api<ConfigMap> = Api::namespaced(self.lane.client(), namespace);
        let what = format!("read ConfigMap {namespace}/{name}");
        let read = self.lane.call(&what, api.get_opt(name)).await;
        let Some(map) = read.map_err(|error| unknown(&error))? else {
            let text = format!("there is no ConfigMap {namespace}/{name}");
            return Err(Unknown::new(UnknownReason::NotFound, text));
        };
        Ok(map.data.and_then(|mut data| data.remove(key)))
    }
}

/// A pod, as far as its node goes.
#[derive(Debug, Clone, Deserialize, Resource)]
#[resource(inherit = Pod)]
struct PlacedPod {
    metadata: ObjectMeta,
    #[serde(default)]
    spec: Placement,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Placement {
    #[serde(rename = "nodeName")]
    node_name: Option<String>,
}

fn unknown(error: &ClusterError) -> Unknown {
    let reason = match error {
        ClusterError::Refused { code, .. } => match code {
            400 | 422 => UnknownReason::Rejected,
            401 => UnknownReason::Unauthenticated,
            403 => UnknownReason::Forbidden,
            404 => UnknownReason::NotFound,
            429 => UnknownReason::RateLimited,
            _ => UnknownReason::Unavailable,
        },
        ClusterError::Deadline { .. } => UnknownReason::TimedOut,
        ClusterError::Failed { .. } => UnknownReason::Unreachable,
    };
    Unknown::new(reason, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_meaning() {
        for (code, reason) in [
            (400, UnknownReason::Rejected),
            (403, UnknownReason::Forbidden),
            (410, UnknownReason::Unavailable),
            (429, UnknownReason::RateLimited),
            (503, UnknownReason::Unavailable),
        ] {
            let error = ClusterError::Refused {
                what: "count pods of a".into(),
                code,
                message: "no".into(),
            };
            let unknown = unknown(&error);
            assert_eq!(unknown.reason, reason, "{code}");
            assert!(unknown.message.contains("count pods of a"), "{unknown}");
        }
    }
}
