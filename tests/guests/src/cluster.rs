use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use runtime_host::KubeRead;
use runtime_types::Unknown;

/// A cluster that remembers what it was asked: there are 7 pods on 2 nodes, and the value of a key is
/// the key itself.
#[derive(Debug, Default)]
pub struct PlayedCluster(Mutex<Vec<String>>);

impl PlayedCluster {
    /// What it was asked, each with the namespace.
    pub fn asked(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn note(&self, question: String) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(question);
    }
}

#[async_trait]
impl KubeRead for PlayedCluster {
    async fn count_pods(&self, namespace: &str, label_selector: &str) -> Result<u64, Unknown> {
        self.note(format!("pods {label_selector} in {namespace}"));
        Ok(7)
    }

    async fn count_nodes(&self, namespace: &str, label_selector: &str) -> Result<u64, Unknown> {
        self.note(format!("nodes {label_selector} in {namespace}"));
        Ok(2)
    }

    async fn config_map_value(
        &self,
        namespace: &str,
        name: &str,
        key: &str,
    ) -> Result<Option<String>, Unknown> {
        self.note(format!("{key} of {name} in {namespace}"));
        Ok(Some(key.to_string()))
    }
}
