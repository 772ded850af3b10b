use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::ObjectKey;

/// Something to tell the user of one place in one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Whether the object is usable all the same.
    pub severity: Severity,
    /// The file.
    pub file: Arc<Path>,
    /// Which document of the file, from 1.
    pub document: u32,
    /// The line, from 1; 0 when the file as a whole is meant.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The object, where the document says which it is.
    pub object: Option<ObjectKey>,
    /// The field, such as `spec.triggers[0].type`; empty when the whole document is meant.
    pub path: String,
    /// What is the matter.
    pub problem: Problem,
}

/// Whether an object is usable all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It is not.
    Error,
    /// It is.
    Warning,
}

/// `FILE:LINE:COLUMN: KIND NAMESPACE/NAME: FIELD: what is the matter, and the remedy`; without a place in
/// the file when it is meant as a whole.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        f.write_str(" ")?;
        match &self.object {
            Some(object) => write!(f, "{object}: ")?,
            None if self.document > 1 => write!(f, "document {}: ", self.document)?,
            None => {}
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        self.problem.fmt(f)
    }
}

/// What is the matter with a manifest, each with its remedy where there is one.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
pub enum Problem {
    /// Not YAML, or YAML beyond the limits of the reader.
    #[error("{0}")]
    Syntax(String),
    /// One key twice in one mapping.
    #[error("the key `{0}` is given twice")]
    DuplicateKey(String),
    /// Neither UTF-8 nor UTF-16 with a mark.
    #[error("the file is not text in UTF-8")]
    Encoding,
    /// The file cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A document that is no object.
    #[error("a document must be a mapping with apiVersion, kind, metadata and spec, not {0}")]
    NotAnObject(&'static str),
    /// A kind that is not read.
    #[error(
        "{api_version} {kind} is not read by penstock, the document is ignored{}",
        did_you_mean(.suggestion)
    )]
    UnknownKind {
        /// As written.
        api_version: String,
        /// As written.
        kind: String,
        /// A kind of that name or a similar one, with its version.
        suggestion: Option<String>,
    },
    /// The same object twice.
    #[error("already defined at {place}, the later one is ignored")]
    Duplicate {
        /// The object.
        key: ObjectKey,
        /// File and line of the first.
        place: String,
    },
    /// A field the kind does not have; clusters drop it.
    #[error("unknown field `{field}` is ignored{}", did_you_mean(.suggestion))]
    UnknownField {
        /// As written.
        field: String,
        /// The nearest field there is.
        suggestion: Option<String>,
    },
    /// A field that must be there.
    #[error("required field `{0}` is missing")]
    Missing(String),
    /// A scalar that YAML reads as something else than text.
    #[error("must be a string, but YAML reads {literal} as {found}; write {quoted}")]
    NotAString {
        /// As written, or `the value` where it may be a secret.
        literal: String,
        /// What YAML reads it as.
        found: &'static str,
        /// The remedy.
        quoted: String,
    },
    /// Another type than the field has.
    #[error("must be {expected}, not {found}")]
    WrongType {
        /// What the field takes.
        expected: &'static str,
        /// What was found.
        found: &'static str,
    },
    /// Not one of the words allowed.
    #[error("`{found}` must be one of {}", .allowed.join(", "))]
    NotAllowed {
        /// As written.
        found: String,
        /// The words allowed.
        allowed: Vec<String>,
    },
    /// Below or above the bounds of the field.
    #[error("{found} must be {bound}")]
    OutOfBounds {
        /// As written.
        found: String,
        /// Such as `at least 1`.
        bound: String,
    },
    /// A list or text with too few elements.
    #[error("must have at least {0}")]
    TooShort(String),
    /// A value that fits the schema and still cannot be read.
    #[error("{0}")]
    Malformed(String),
    /// A rule that joins several fields.
    #[error("{message}")]
    Rule {
        /// The rule's fixed word.
        reason: &'static str,
        /// KEDA's text where it has one.
        message: String,
    },
}

fn did_you_mean(suggestion: &Option<String>) -> String {
    suggestion
        .as_ref()
        .map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}

impl Problem {
    /// Fixed PascalCase word for conditions and events.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "InvalidYaml",
            Self::DuplicateKey(_) => "DuplicateKey",
            Self::Encoding => "InvalidEncoding",
            Self::Unreadable(_) => "UnreadableFile",
            Self::NotAnObject(_) => "NotAnObject",
            Self::UnknownKind { .. } => "UnknownKind",
            Self::Duplicate { .. } => "DuplicateObject",
            Self::UnknownField { .. } => "UnknownField",
            Self::Missing(_) => "MissingField",
            Self::NotAString { .. } => "NotAString",
            Self::WrongType { .. } => "WrongType",
            Self::NotAllowed { .. } => "NotAllowed",
            Self::OutOfBounds { .. } => "OutOfBounds",
            Self::TooShort(_) => "TooShort",
            Self::Malformed(_) => "Malformed",
            Self::Rule { reason, .. } => reason,
        }
    }
}
