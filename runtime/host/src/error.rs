use std::path::PathBuf;

use runtime_types::{DescriptionError, ParameterError, Unknown};

/// Why a component, or the host itself, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The sandbox cannot be set up on this machine.
    #[error("the WebAssembly engine cannot start: {0}")]
    Engine(String),
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The bytes are no component.
    #[error("not a WebAssembly component: {0}")]
    NotAComponent(String),
    /// There is no description in it.
    #[error(
        "the component carries no `penstock:description` section; build it with the scaler SDK"
    )]
    NoDescription,
    /// There is one, but it cannot be used.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// It does not compile.
    #[error("the component does not compile: {0}")]
    Compile(String),
    /// It imports something this host does not offer, or does not export the contract.
    #[error("the component does not fit penstock:scaler@0.1.0: {0}")]
    Contract(String),
    /// Larger than the limit.
    #[error("the component has {size} bytes, more than the {limit} allowed")]
    TooLarge {
        /// Bytes of the file.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
}

impl HostError {
    /// Fixed word for conditions, events and metric labels.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Engine(_) => "EngineFailed",
            Self::Io { .. } => "ComponentUnreadable",
            Self::NotAComponent(_) => "NotAComponent",
            Self::NoDescription | Self::Description(_) => "DescriptionInvalid",
            Self::Compile(_) => "CompileFailed",
            Self::Contract(_) => "ContractMismatch",
            Self::TooLarge { .. } => "ComponentTooLarge",
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io {
            path: path.into(),
            source,
        }
    }
}

/// Why a trigger's metrics cannot be told.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CheckError {
    /// No component provides this trigger type.
    #[error("no scaler found for type: {0}")]
    UnknownType(String),
    /// The user must change parameters.
    #[error("{}", .0.iter().map(|e| e.message.as_str()).collect::<Vec<_>>().join("; "))]
    Config(Vec<ParameterError>),
    /// The component failed.
    #[error(transparent)]
    Component(#[from] Unknown),
}
