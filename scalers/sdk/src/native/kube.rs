use std::cell::RefCell;
use std::rc::Rc;

use crate::Unknown;
use crate::bindings::penstock::scaler::types::UnknownReason;

/// A cluster that a test plays.
pub trait Cluster {
    /// See [`crate::kube::count_pods`].
    ///
    /// # Errors
    /// As there.
    fn count_pods(&self, label_selector: &str) -> Result<u64, Unknown>;

    /// See [`crate::kube::count_nodes`].
    ///
    /// # Errors
    /// As there.
    fn count_nodes(&self, label_selector: &str) -> Result<u64, Unknown>;

    /// See [`crate::kube::config_map_value`].
    ///
    /// # Errors
    /// As there.
    fn config_map_value(&self, name: &str, key: &str) -> Result<Option<String>, Unknown>;
}

thread_local! {
    static CLUSTER: RefCell<Option<Rc<dyn Cluster>>> = const { RefCell::new(None) };
}

pub(crate) fn set(cluster: Option<Rc<dyn Cluster>>) {
    CLUSTER.set(cluster);
}

fn cluster() -> Result<Rc<dyn Cluster>, Unknown> {
    CLUSTER.with_borrow(Clone::clone).ok_or_else(|| Unknown {
        reason: UnknownReason::Unavailable,
        message: "this needs a cluster".to_string(),
    })
}

pub(crate) fn count_pods(label_selector: &str) -> Result<u64, Unknown> {
    cluster()?.count_pods(label_selector)
}

pub(crate) fn count_nodes(label_selector: &str) -> Result<u64, Unknown> {
    cluster()?.count_nodes(label_selector)
}

pub(crate) fn config_map_value(name: &str, key: &str) -> Result<Option<String>, Unknown> {
    cluster()?.config_map_value(name, key)
}
