use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use runtime_types::{Checked, Outcome, ParameterError, Trigger};

use crate::KubeScript;

/// What a case sets beside the trigger.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// The time that the scaler sees; `None`: the real one.
    pub now: Option<SystemTime>,
    /// The only directory whose content the scaler may see; `None`: no directory.
    pub directory: Option<PathBuf>,
    /// The longest that one poll may wait for a source.
    pub timeout: Option<Duration>,
    /// The cluster that the scaler may read; `None`: there is none.
    pub kube: Option<KubeScript>,
}

/// Something that answers for a scaler: the Rust type itself, or a component in its sandbox.
pub trait Subject {
    /// A new case begins: nothing that an earlier one opened or stored is left.
    fn begin(&mut self, setting: &Setting);

    /// What the parameters mean.
    ///
    /// # Errors
    /// What the user must change.
    fn check(&mut self, trigger: &Trigger) -> Result<Checked, Vec<ParameterError>>;

    /// Asks the source once. Opens the trigger if it is not open, and keeps it open for the case's
    /// next poll if the scaler's lifecycle is warm.
    fn poll(&mut self, trigger: &Trigger) -> Outcome;
}
