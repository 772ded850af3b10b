use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use runtime_types::KubeAccess;

/// Which scalers there are, and what they may do.
#[derive(Debug, Args)]
#[command(next_help_heading = "Scalers")]
pub(crate) struct CatalogArgs {
    /// A folder of scaler components (*.wasm); may be given several times, the first that provides a
    /// type wins [default: `scalers` beside the program]
    #[arg(
        long,
        value_name = "DIR",
        env = "PENSTOCK_SCALERS",
        value_delimiter = ':'
    )]
    pub(crate) scalers: Vec<PathBuf>,
    /// Where compiled components are kept [default: the user's cache folder]
    #[arg(long, value_name = "DIR", env = "PENSTOCK_CACHE_DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Restricts the folders that triggers may read to this one and those below it; may be given
    /// several times [default: any that a trigger's own parameters name; in a cluster none]
    #[arg(long, value_name = "DIR")]
    pub(crate) allow_directory: Vec<PathBuf>,
    /// Lets scalers reach hosts that they ask for beside the trigger's own, such as
    /// `*.servicebus.windows.net`; may be given several times
    #[arg(long, value_name = "HOST")]
    pub(crate) allow_host: Vec<String>,
    /// Lets triggers name link-local addresses, where clouds keep their metadata servers
    #[arg(long)]
    pub(crate) allow_link_local: bool,
    /// What scalers may read of the cluster that penstock runs in, each trigger in its object's own
    /// namespace; may be given several times [default: pods and config-maps]
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(crate) allow_kube: Vec<AllowKube>,
}

/// Counts and single values that scalers may read of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AllowKube {
    /// How many pods have certain labels.
    Pods,
    /// Single values of ConfigMaps.
    ConfigMaps,
    /// Nothing.
    None,
}

impl CatalogArgs {
    /// What is granted. By default all: it is counts and values of the namespace that the trigger's
    /// author writes into anyway.
    pub(crate) fn kube(&self) -> BTreeSet<KubeAccess> {
        if self.allow_kube.is_empty() {
            return [KubeAccess::Pods, KubeAccess::ConfigMaps].into();
        }
        let access = |allowed: &AllowKube| match allowed {
            AllowKube::Pods => Some(KubeAccess::Pods),
            AllowKube::ConfigMaps => Some(KubeAccess::ConfigMaps),
            AllowKube::None => None,
        };
        self.allow_kube.iter().filter_map(access).collect()
    }
}
