use async_trait::async_trait;
use runtime_types::Unknown;

/// Reads counts and single values of a cluster for components. The namespace is the trigger's own:
/// the host says it, never the component, and has checked that the trigger may ask.
#[async_trait]
pub trait KubeRead: Send + Sync {
    /// How many pods with these labels have neither succeeded nor failed.
    async fn count_pods(&self, namespace: &str, label_selector: &str) -> Result<u64, Unknown>;

    /// On how many nodes those pods are; pods without a node do not count.
    async fn count_nodes(&self, namespace: &str, label_selector: &str) -> Result<u64, Unknown>;

    /// The text at `key` of a ConfigMap's `data`; `None`: it has no such key.
    async fn config_map_value(
        &self,
        namespace: &str,
        name: &str,
        key: &str,
    ) -> Result<Option<String>, Unknown>;
}
