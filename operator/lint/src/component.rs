use futures::future::BoxFuture;
use runtime_types::{Checked, ParameterError, Trigger, TriggerType};

/// The scalers, as far as they can be asked without any source.
pub trait Components: Send + Sync {
    /// The trigger types that there are, with their parameters.
    fn types(&self) -> Vec<TriggerType>;

    /// What a trigger's parameters mean to its scaler. No message repeats a secret.
    fn check<'a>(&'a self, trigger: &'a Trigger) -> BoxFuture<'a, Result<Checked, CheckFailure>>;
}

/// Why a scaler does not say what a trigger's parameters mean.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CheckFailure {
    /// The user must change these.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Parameters(Vec<ParameterError>),
    /// It cannot be asked.
    #[error("{0}")]
    Failed(String),
}

impl CheckFailure {
    /// Fixed PascalCase word.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Parameters(_) => "InvalidParameter",
            Self::Failed(_) => "NotChecked",
        }
    }
}
