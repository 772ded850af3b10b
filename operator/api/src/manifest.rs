//! Files of YAML documents as objects.
//!
//! A document goes through three sieves: YAML itself, the schema of its kind (as the API server of a
//! cluster would apply it, reporting every finding and not the first alone), and the rules that
//! join several fields. What passes is an object; what does not leaves findings that name file,
//! document, line, column, field and remedy.

mod finding;
mod read;
mod schema;
mod structure;
mod survey;
mod tree;

pub use finding::{Finding, Problem, Severity};
pub use read::{read, survey};
pub use survey::{Foreign, Places, Survey, Surveyed};

use std::path::Path;
use std::sync::Arc;

use crate::{Object, ObjectKey};

/// One object and the place it was written at.
#[derive(Debug, Clone)]
pub struct Document {
    /// The object.
    pub object: Object,
    /// The file.
    pub file: Arc<Path>,
    /// Which document of the file, from 1.
    pub document: u32,
    /// The line it begins at, from 1.
    pub line: u32,
}

/// What a file holds.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Objects without errors.
    pub documents: Vec<Document>,
    /// Everything to tell the user, errors and warnings, in the order of the file.
    pub findings: Vec<Finding>,
}

impl Loaded {
    /// Findings because of which an object, or the whole file, is not usable.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.of(Severity::Error)
    }

    /// Findings that leave the object usable.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.of(Severity::Warning)
    }

    fn of(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |f| f.severity == severity)
    }

    /// Objects that were found but are not usable.
    pub fn broken(&self) -> impl Iterator<Item = &ObjectKey> {
        self.errors().filter_map(|finding| finding.object.as_ref())
    }
}
