use std::path::PathBuf;

/// How the controllers run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The namespaces that are watched; empty: all.
    pub namespaces: Vec<String>,
    /// Only objects with these labels are seen (`WATCH_LABEL_SELECTOR`); empty: all.
    pub labels: String,
    /// The same for TriggerAuthentications (`WATCH_LABEL_SELECTOR_FOR_TRIGGERAUTH`).
    pub authentication_labels: String,
    /// Where ClusterTriggerAuthentications find Secrets.
    pub cluster_namespace: String,
    /// Secrets are read in `cluster_namespace` alone (`KEDA_RESTRICT_SECRET_ACCESS`).
    pub restrict_secrets: bool,
    /// The directory below which `filePath` may read; `None`: nowhere.
    pub file_root: Option<PathBuf>,
    /// The program's version, for labels.
    pub version: String,
    /// Objects that are reconciled at the same time.
    pub reconciles: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            namespaces: vec![],
            labels: String::new(),
            authentication_labels: String::new(),
            cluster_namespace: "keda".into(),
            restrict_secrets: false,
            file_root: None,
            version: env!("CARGO_PKG_VERSION").into(),
            // More than KEDA's 5, since each mostly waits for the API server; few enough to leave the
            // server to others.
            reconciles: 10,
        }
    }
}
