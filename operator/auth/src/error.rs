use std::fmt;

/// Why a trigger cannot be resolved. No text holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The environment names an object that does not exist.
    #[error("error resolving secrets for ScaleTarget: {kind} {namespace}/{name} does not exist")]
    MissingObject {
        /// `Secret` or `ConfigMap`.
        kind: &'static str,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// No container of that name.
    #[error("couldn't find container with name {0} on Target object")]
    MissingContainer(String),
    /// A namespaced authentication with a file.
    #[error("filePath is only supported for ClusterTriggerAuthentication, got kind: {0}")]
    FilePathKind(&'static str),
    /// Files were not permitted at start.
    #[error("filePath {0} needs the flag --filepath-auth-root-path")]
    FilePathNoRoot(String),
    /// A path that leaves the permitted directory.
    #[error("filePath {0} must be relative and without `..`")]
    FilePathOutside(String),
    /// The file cannot be read, or is no JSON object of strings.
    #[error("filePath {path}: {cause}")]
    FilePathContent {
        /// As written.
        path: String,
        /// Without any of the file's content.
        cause: String,
    },
    /// A source that this version does not have.
    #[error("{kind} {name} uses {source_name}, which is not supported yet")]
    NotSupported {
        /// The kind of authentication.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The field, such as `hashiCorpVault`.
        source_name: &'static str,
    },
}

impl AuthError {
    /// Fixed PascalCase word for conditions and events.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::MissingObject { .. } => "MissingEnvironmentSource",
            Self::MissingContainer(_) => "MissingContainer",
            Self::FilePathKind(_) => "FilePathNotSupported",
            Self::FilePathNoRoot(_) => "FilePathNotPermitted",
            Self::FilePathOutside(_) => "FilePathOutsideRoot",
            Self::FilePathContent { .. } => "InvalidAuthFile",
            Self::NotSupported { .. } => "AuthSourceNotSupported",
        }
    }
}

/// Something that did not stop the resolution but that its user should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Fixed PascalCase word.
    pub reason: &'static str,
    /// One sentence in lower case; never a secret.
    pub message: String,
}

impl Notice {
    pub(crate) fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
