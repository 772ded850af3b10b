use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;

use super::tree::{Node, Place};
use crate::{Finding, Object, ObjectKey};

/// What a file holds, wrong or right.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// Its documents, lists unfolded.
    pub items: Vec<Surveyed>,
    /// Everything that [`read`](super::read) tells, too.
    pub findings: Vec<Finding>,
}

/// One document.
#[derive(Debug, Clone)]
pub struct Surveyed {
    /// The object. Where fields of it are wrong, as if they were left out; `None` when nothing can be
    /// made of it, or its kind is not read.
    pub object: Option<Object>,
    /// A kind that is not read.
    pub foreign: Option<Foreign>,
    /// The fields that could not be read. Those that break a rule are not among them.
    pub wrong: Vec<String>,
    /// What tells it apart, where it says so.
    pub key: Option<ObjectKey>,
    /// The file.
    pub file: Arc<Path>,
    /// Which document of the file, from 1.
    pub document: u32,
    /// The line it begins at, from 1.
    pub line: u32,
    /// Where its fields are.
    pub places: Places,
}

impl Surveyed {
    /// Whether all of it could be read.
    pub fn is_whole(&self) -> bool {
        self.wrong.is_empty()
    }

    /// Whether these fields could be read, with what is in them and what they are in.
    pub fn is_sound(&self, fields: &[&str]) -> bool {
        let holds = |outer: &str, inner: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.wrong.iter().all(|wrong| {
            fields
                .iter()
                .all(|field| !holds(field, wrong) && !holds(wrong, field))
        })
    }
}

/// An object of a kind that is not read.
#[derive(Debug, Clone)]
pub struct Foreign {
    /// As written.
    pub api_version: String,
    /// As written; null where there is none.
    pub metadata: Json,
    /// As written; null where there is none.
    pub spec: Json,
}

/// Where the fields of a document are. Holds no values: some are secrets.
#[derive(Debug, Clone)]
pub struct Places(Node);

impl Places {
    pub(super) fn of(node: &Node) -> Self {
        Self(node.bare())
    }

    /// Line and column, from 1, of a field such as `spec.triggers[1].name` or
    /// `metadata.annotations[a.b/c]`, or of the nearest one that holds it.
    pub fn of_field(&self, path: &str) -> (u32, u32) {
        let Place { line, column } = self.0.locate(path);
        (line, column)
    }
}

/// Whether rules judge the two fields together, so that one that is wrong says nothing of the other.
pub(super) fn go_together(one: &str, other: &str) -> bool {
    let group = |path: &str| match path {
        _ if path.ends_with("ReplicaCount") => 1,
        _ if path.starts_with("spec.advanced") || path.starts_with("spec.fallback") => 2,
        // Warnings that depend on the number of replicas.
        "spec.pollingInterval" | "spec.cooldownPeriod" => 3,
        _ => 0,
    };
    match (group(one), group(other)) {
        (0, _) | (_, 0) => other.starts_with(one) || one.starts_with(other),
        (1, 3) => true,
        (a, b) => a == b,
    }
}
