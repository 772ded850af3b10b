use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use runtime_host::{Catalog, CatalogConfig, CheckError, KubeRead, Limits, OpenTrigger, Policy};
use runtime_types::{KubeAccess, Outcome, Trigger, Unknown};

/// A catalog with the hostile component and limits that make waiting short.
pub struct Sandbox {
    /// The catalog.
    pub catalog: Catalog,
}

/// The built component `name`, such as `hostile`.
///
/// # Panics
/// When the components were not built: `cargo xtask test` does it and says where they are.
pub fn component_file(name: &str) -> PathBuf {
    let folder = std::env::var("PENSTOCK_TEST_GUESTS_DIR")
        .expect("PENSTOCK_TEST_GUESTS_DIR is not set; run the tests with `cargo xtask test`");
    Path::new(&folder).join(format!("{name}.wasm"))
}

/// A trigger of the hostile component.
pub fn trigger(behaviour: &str, stage: &str, more: &[(&str, &str)]) -> Trigger {
    let metadata = [("behaviour", behaviour), ("stage", stage)];
    Trigger {
        trigger_type: "hostile".into(),
        namespace: "tests".into(),
        object: behaviour.into(),
        metadata: metadata
            .iter()
            .chain(more)
            .map(|(name, value)| ((*name).to_string(), (*value).to_string()))
            .collect(),
        ..Trigger::default()
    }
}

impl Sandbox {
    /// Short limits, but long enough that a busy machine does not break them by itself.
    pub fn new() -> Self {
        Self::with(short())
    }

    /// Memory and time for what is refused for its size alone.
    pub fn roomy() -> Self {
        Self::with(Limits {
            call_timeout: Duration::from_secs(30),
            cpu_per_call: Duration::from_secs(20),
            memory_bytes: 512 << 20,
            instances: 50,
            ..Limits::default()
        })
    }

    /// These limits.
    ///
    /// # Panics
    /// When the sandbox cannot be set up.
    pub fn with(limits: Limits) -> Self {
        Self::open_with(limits, Policy::default(), None)
    }

    /// Short limits, in a cluster of which this may be read.
    ///
    /// # Panics
    /// When the sandbox cannot be set up.
    pub fn in_cluster(cluster: Arc<dyn KubeRead>, granted: &[KubeAccess]) -> Self {
        let policy = Policy {
            kube: granted.iter().copied().collect(),
            ..Policy::default()
        };
        Self::open_with(short(), policy, Some(cluster))
    }

    fn open_with(limits: Limits, policy: Policy, cluster: Option<Arc<dyn KubeRead>>) -> Self {
        let folder = component_file("hostile")
            .parent()
            .expect("a file has a folder")
            .to_path_buf();
        let config = CatalogConfig {
            limits,
            policy,
            kube_read: cluster,
            ..CatalogConfig::new(vec![folder])
        };
        let catalog = Catalog::open(config).expect("the sandbox can be set up");
        Self { catalog }
    }

    /// Opens a trigger.
    pub fn open(&self, trigger: Trigger) -> OpenTrigger {
        self.catalog.open_trigger(Arc::new(trigger))
    }

    /// The failure of the first poll.
    pub async fn poll_failure(&self, trigger: Trigger) -> Unknown {
        failure(self.open(trigger).poll().await)
    }

    /// The failure of a check.
    ///
    /// # Panics
    /// When it did not fail, or not by the component's fault.
    pub async fn check_failure(&self, trigger: &Trigger) -> Unknown {
        match self.catalog.check(trigger).await {
            Err(CheckError::Component(unknown)) => unknown,
            other => panic!("expected a component that fails, got {other:?}"),
        }
    }
}

fn short() -> Limits {
    Limits {
        call_timeout: Duration::from_secs(2),
        cpu_per_call: Duration::from_millis(500),
        memory_bytes: 32 << 20,
        instances: 50,
        ..Limits::default()
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

/// The failure that an outcome is.
///
/// # Panics
/// When it is none.
pub fn failure(outcome: Outcome) -> Unknown {
    match outcome {
        Outcome::Unknown(unknown) => unknown,
        other => panic!("expected an unknown value, got {other:?}"),
    }
}
