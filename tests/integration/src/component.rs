use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use runtime_host::{Catalog, CatalogConfig, CheckError, KubeRead, Limits, OpenTrigger, Policy};
use runtime_types::{Checked, KubeAccess, Outcome, ParameterError, Trigger, Unknown};
use scaler_testkit::{KubeScript, Setting, Subject};
use tokio::runtime::Runtime;

/// Where the built components are.
///
/// # Panics
/// When they were not built: `cargo xtask test` does it and says where they are.
pub fn scalers_folder() -> PathBuf {
    std::env::var("PENSTOCK_SCALERS_DIR")
        .expect("PENSTOCK_SCALERS_DIR is not set; run the tests with `cargo xtask test`")
        .into()
}

/// The `penstock` command.
///
/// # Panics
/// When it was not built: `cargo xtask test` does it and says where it is.
pub fn penstock() -> PathBuf {
    std::env::var("PENSTOCK_BIN")
        .expect("PENSTOCK_BIN is not set; run the tests with `cargo xtask test`")
        .into()
}

/// The folders of `scalers/catalog`.
///
/// # Panics
/// When the tree is not there.
pub fn catalog_folders() -> Vec<PathBuf> {
    let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scalers/catalog");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(catalog)
        .expect("the catalog is there")
        .map(|entry| entry.expect("the catalog can be read").path())
        .filter(|folder| folder.join("scaler.toml").exists())
        .collect();
    folders.sort();
    folders
}

/// Runs a scaler's cases through its component, in the sandbox it has in production.
pub struct ComponentSubject {
    runtime: Runtime,
    now: Arc<Mutex<Option<SystemTime>>>,
    catalog: Option<Catalog>,
    open: Option<OpenTrigger>,
}

impl ComponentSubject {
    /// A subject for all components.
    ///
    /// # Panics
    /// When tokio cannot start.
    pub fn new() -> Self {
        Self {
            runtime: Runtime::new().expect("tokio starts"),
            now: Arc::default(),
            catalog: None,
            open: None,
        }
    }

    fn catalog(&self) -> &Catalog {
        self.catalog.as_ref().expect("a case has begun")
    }
}

impl Default for ComponentSubject {
    fn default() -> Self {
        Self::new()
    }
}

impl Subject for ComponentSubject {
    fn begin(&mut self, setting: &Setting) {
        self.open = None;
        let now = self.now.clone();
        *now.lock().unwrap_or_else(PoisonError::into_inner) = setting.now;
        let clock = move || {
            let fixed = *now.lock().unwrap_or_else(PoisonError::into_inner);
            fixed.unwrap_or_else(SystemTime::now)
        };
        // A case's own time-out is for native runs: a component waits as long as it does in
        // production.
        let config = CatalogConfig {
            limits: Limits {
                instances: 4,
                ..Limits::default()
            },
            kube_read: setting
                .kube
                .clone()
                .map(|script| Arc::new(Played(script)) as _),
            policy: Policy {
                directories: setting.directory.iter().cloned().collect(),
                kube: [KubeAccess::Pods, KubeAccess::ConfigMaps].into(),
                ..Policy::default()
            },
            cache: Some(cache()),
            clock: Arc::new(clock),
            ..CatalogConfig::new(vec![scalers_folder()])
        };
        self.catalog = Some(Catalog::open(config).expect("the catalog opens"));
    }

    fn check(&mut self, trigger: &Trigger) -> Result<Checked, Vec<ParameterError>> {
        match self.runtime.block_on(self.catalog().check(trigger)) {
            Ok(checked) => Ok(checked),
            Err(CheckError::Config(errors)) => Err(errors),
            Err(other) => panic!("{}: {other}", trigger.trigger_type),
        }
    }

    fn poll(&mut self, trigger: &Trigger) -> Outcome {
        // Loading is not part of the case's time.
        let _ = self.runtime.block_on(self.catalog().check(trigger));
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.catalog().open_trigger(Arc::new(trigger.clone())),
        };
        let patience = Duration::from_secs(60);
        let outcome = self
            .runtime
            .block_on(async { tokio::time::timeout(patience, open.poll()).await })
            .expect("a poll ends");
        self.open = Some(open);
        outcome
    }
}

/// A case's cluster. Its trigger's namespace is the only one.
struct Played(KubeScript);

#[async_trait]
impl KubeRead for Played {
    async fn count_pods(&self, _: &str, label_selector: &str) -> Result<u64, Unknown> {
        self.0.count_pods(label_selector)
    }

    async fn count_nodes(&self, _: &str, label_selector: &str) -> Result<u64, Unknown> {
        self.0.count_nodes(label_selector)
    }

    async fn config_map_value(
        &self,
        _: &str,
        name: &str,
        key: &str,
    ) -> Result<Option<String>, Unknown> {
        self.0.config_map_value(name, key)
    }
}

/// Shared by all cases, so that each component is compiled once.
fn cache() -> runtime_host::AotCache {
    let folder = scalers_folder().join(".aot");
    runtime_host::AotCache::open(folder).expect("the cache opens")
}
