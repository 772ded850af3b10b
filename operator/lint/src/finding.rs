use std::path::Path;

use operator_api::manifest::Surveyed;
use serde::Serialize;

/// Something to mend, or to know, at one place of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file, as it was named or found.
    pub file: String,
    /// The line, from 1; 0 when the file as a whole is meant.
    pub line: u32,
    /// The column, from 1; 0 when the file as a whole is meant.
    pub column: u32,
    /// Which document of the file, from 1.
    pub document: u32,
    /// `KIND NAMESPACE/NAME`, where the document says which object it is.
    pub object: Option<String>,
    /// The field, such as `spec.triggers[0].metadata.address`; empty when the whole document is meant.
    pub path: String,
    /// How much it matters.
    pub severity: Severity,
    /// The rule's fixed PascalCase word.
    pub rule: &'static str,
    /// What is the matter, in one sentence. Never a secret.
    pub message: String,
    /// What to do about it.
    pub fix: String,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The object, or one of its triggers, would not work.
    Error,
    /// It would work, but hardly as it was meant.
    Warning,
    /// Good to know; nothing has to change.
    Note,
}

impl Severity {
    /// The word in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// All findings of one run, in the order of files and lines.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// Errors, warnings and notes.
    pub findings: Vec<Finding>,
    /// Files that were looked at.
    pub files: usize,
    /// Objects of the kinds that are checked.
    pub objects: usize,
    /// How many of the findings are errors.
    pub errors: usize,
    /// How many are warnings.
    pub warnings: usize,
    /// How many are notes.
    pub notes: usize,
}

impl Report {
    /// Whether nothing has to change.
    pub fn is_clean(&self) -> bool {
        self.errors == 0 && self.warnings == 0
    }
}

/// What is found, while it is found.
#[derive(Debug, Default)]
pub(crate) struct Findings(pub(crate) Vec<Finding>);

/// What is to be said at some place.
pub(crate) struct Said {
    pub(crate) severity: Severity,
    pub(crate) rule: &'static str,
    pub(crate) message: String,
    pub(crate) fix: String,
}

impl Said {
    pub(crate) fn error(
        rule: &'static str,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            rule,
            message: message.into(),
            fix: fix.into(),
        }
    }

    pub(crate) fn warning(
        rule: &'static str,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(rule, message, fix)
        }
    }

    pub(crate) fn note(
        rule: &'static str,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Note,
            ..Self::error(rule, message, fix)
        }
    }
}

impl Findings {
    /// Says something of a field of an object.
    pub(crate) fn say(&mut self, item: &Surveyed, path: impl Into<String>, said: Said) {
        let path = path.into();
        let (line, column) = item.places.of_field(&path);
        self.0.push(Finding {
            file: shown(&item.file),
            line,
            column,
            document: item.document,
            object: item.key.as_ref().map(ToString::to_string),
            path,
            severity: said.severity,
            rule: said.rule,
            message: said.message,
            fix: said.fix,
        });
    }

    /// Says something of a file as a whole.
    pub(crate) fn say_of_file(&mut self, file: &Path, said: Said) {
        self.0.push(Finding {
            file: shown(file),
            line: 0,
            column: 0,
            document: 0,
            object: None,
            path: String::new(),
            severity: said.severity,
            rule: said.rule,
            message: said.message,
            fix: said.fix,
        });
    }
}

pub(crate) fn shown(file: &Path) -> String {
    file.display().to_string()
}

/// `, did you mean `x`?`, or nothing.
pub(crate) fn did_you_mean(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}
