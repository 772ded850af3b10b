use kube::error::DiscoveryError;

use crate::again::Failed;

/// A call to the API server that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// The API server refused.
    #[error("cannot {what}: {message} ({code})")]
    Refused {
        /// What was tried.
        what: String,
        /// HTTP status.
        code: u16,
        /// The server's own words.
        message: String,
    },
    /// It took too long.
    #[error("cannot {what}: the API server gave no answer within {seconds} s")]
    Deadline {
        /// What was tried.
        what: String,
        /// How long it might take.
        seconds: u64,
    },
    /// The API server cannot be reached, or gave an answer that makes no sense.
    #[error("cannot {what}: {text}")]
    Failed {
        /// What was tried.
        what: String,
        /// Why it failed.
        text: String,
        /// Discovery has no such kind.
        missing_kind: bool,
    },
}

impl ClusterError {
    pub(super) fn of(what: &str, error: kube::Error) -> Self {
        let what = what.to_string();
        match error {
            kube::Error::Api(status) => Self::Refused {
                what,
                code: status.code,
                message: status.message,
            },
            other => Self::Failed {
                what,
                text: chain(&other),
                missing_kind: matches!(
                    other,
                    kube::Error::Discovery(
                        DiscoveryError::MissingKind(_)
                            | DiscoveryError::MissingApiGroup(_)
                            | DiscoveryError::MissingResource(_)
                    )
                ),
            },
        }
    }

    /// Fixed word for conditions, events and labels.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "ApiServerRefused",
            Self::Deadline { .. } => "ApiServerSlow",
            Self::Failed { .. } => "ApiServerUnreachable",
        }
    }

    /// Whether the object is not there.
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }

    /// Whether discovery says that there is no such kind.
    pub(crate) fn is_missing_kind(&self) -> bool {
        matches!(
            self,
            Self::Failed {
                missing_kind: true,
                ..
            }
        )
    }

    /// Whether somebody else changed (or made) the object meanwhile.
    pub fn is_conflict(&self) -> bool {
        self.code() == Some(409)
    }

    /// Whether we lack the right.
    pub fn is_forbidden(&self) -> bool {
        self.code() == Some(403)
    }

    fn code(&self) -> Option<u16> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }
}

impl Failed for ClusterError {
    fn is_away(&self) -> bool {
        match self {
            Self::Refused { .. } => false,
            Self::Deadline { .. } => true,
            Self::Failed { missing_kind, .. } => !missing_kind,
        }
    }
}

/// An error with its sources, each of which says something of its own in kube and hyper.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = error.source();
    }
    text
}
