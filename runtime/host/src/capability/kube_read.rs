//! Counts and single values of the cluster: asked for by the component, granted by the policy, and
//! always of the trigger's own namespace.

use std::future::Future;
use std::sync::Arc;

use runtime_types::{KubeAccess, Unknown, UnknownReason};

use crate::KubeRead;
use crate::abi::v1::kube_read::Host;
use crate::abi::v1::{lower_unknown, types};
use crate::state::GuestState;

/// Reads of one call for one trigger. A scaler needs one or two; a loop of them would be the API
/// server's load.
const MOST_READS: u32 = 16;
/// Longer than any selector that people write, and short enough for a URL.
const SELECTOR_BYTES: usize = 4096;
/// Kubernetes allows 253 in both.
const NAME_BYTES: usize = 253;

type Answer<T> = wasmtime::Result<Result<T, types::Unknown>>;

impl Host for GuestState {
    async fn count_pods(&mut self, label_selector: String) -> Answer<u64> {
        self.impure("kube-read.count-pods")?;
        let port = self.pods(&label_selector);
        let namespace = self.scope.trigger.namespace.clone();
        let asking =
            async |port: Arc<dyn KubeRead>| port.count_pods(&namespace, &label_selector).await;
        answered(port, asking).await
    }

    async fn count_nodes(&mut self, label_selector: String) -> Answer<u64> {
        self.impure("kube-read.count-nodes")?;
        let port = self.pods(&label_selector);
        let namespace = self.scope.trigger.namespace.clone();
        let asking =
            async |port: Arc<dyn KubeRead>| port.count_nodes(&namespace, &label_selector).await;
        answered(port, asking).await
    }

    async fn config_map_value(&mut self, name: String, key: String) -> Answer<Option<String>> {
        self.impure("kube-read.config-map-value")?;
        let port = self.config_map(&name, &key);
        let namespace = self.scope.trigger.namespace.clone();
        let asking =
            async |port: Arc<dyn KubeRead>| port.config_map_value(&namespace, &name, &key).await;
        answered(port, asking).await
    }
}

async fn answered<T, F: Future<Output = Result<T, Unknown>>>(
    port: Result<Arc<dyn KubeRead>, Unknown>,
    asking: impl FnOnce(Arc<dyn KubeRead>) -> F,
) -> Answer<T> {
    let asked = match port {
        Ok(port) => asking(port).await,
        Err(refused) => Err(refused),
    };
    Ok(asked.map_err(lower_unknown))
}

impl GuestState {
    fn pods(&mut self, label_selector: &str) -> Result<Arc<dyn KubeRead>, Unknown> {
        let grants = &self.scope.grants;
        let port = self.reading(KubeAccess::Pods, grants.asks_for_pods, grants.pods)?;
        if label_selector.len() > SELECTOR_BYTES {
            let bytes = label_selector.len();
            let text = format!("a selector of {bytes} bytes is longer than {SELECTOR_BYTES}");
            return Err(Unknown::new(UnknownReason::Rejected, text));
        }
        Ok(port)
    }

    fn config_map(&mut self, name: &str, key: &str) -> Result<Arc<dyn KubeRead>, Unknown> {
        let grants = &self.scope.grants;
        let (named, granted) = (grants.names_config_map(name), grants.config_map(name));
        let port = self.reading(KubeAccess::ConfigMaps, named, granted)?;
        if name.len() > NAME_BYTES || key.len() > NAME_BYTES {
            let text = format!("names and keys have at most {NAME_BYTES} bytes");
            return Err(Unknown::new(UnknownReason::Rejected, text));
        }
        Ok(port)
    }

    /// Where the cluster is read, if it may be. Who did not ask learns not even whether there is one.
    fn reading(
        &mut self,
        what: KubeAccess,
        asked: bool,
        granted: bool,
    ) -> Result<Arc<dyn KubeRead>, Unknown> {
        let access = what.as_str();
        let denied = |text: String| Err(Unknown::new(UnknownReason::Denied, text));
        if !asked {
            return denied(match what {
                KubeAccess::Pods => format!(
                    "the component did not ask to read {access} of the cluster in its description"
                ),
                KubeAccess::ConfigMaps => {
                    "only a ConfigMap that the trigger's own parameters name can be read".into()
                }
            });
        }
        let Some(port) = self.kube_read.clone() else {
            let text =
                format!("reading {access} needs a cluster: it is possible in `penstock operator`");
            return Err(Unknown::new(UnknownReason::Unavailable, text));
        };
        if !granted {
            return denied(format!(
                "reading {access} of the cluster is not allowed here (see --allow-kube)"
            ));
        }
        self.call.kube_reads += 1;
        if self.call.kube_reads > MOST_READS {
            let text =
                format!("the component reads the cluster more than {MOST_READS} times a poll");
            return Err(Unknown::new(UnknownReason::LimitExceeded, text));
        }
        Ok(port)
    }
}
