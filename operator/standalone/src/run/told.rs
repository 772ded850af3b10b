use std::collections::{BTreeMap, BTreeSet};

use operator_api::manifest::Severity;
use operator_api::{Finding, ObjectKey};

use super::ObjectError;
use super::view::Written;

/// What is wrong with the files and was logged already: said when it is new, not at every change of
/// something else.
#[derive(Default)]
pub(super) struct Told {
    findings: Vec<Finding>,
    errors: BTreeMap<ObjectKey, ObjectError>,
    kept: BTreeSet<ObjectKey>,
    idle: bool,
}

impl Told {
    pub(super) fn findings(&mut self, findings: &[Finding]) {
        for finding in findings.iter().filter(|f| !self.findings.contains(f)) {
            let reason = finding.problem.reason();
            match finding.severity {
                Severity::Error => tracing::error!(reason, %finding, "manifest"),
                Severity::Warning => tracing::warn!(reason, %finding, "manifest"),
            }
        }
        self.findings = findings.to_vec();
    }

    pub(super) fn objects(&mut self, objects: &[(Written, ObjectKey, Option<ObjectError>)]) {
        let errors: BTreeMap<_, _> = objects
            .iter()
            .filter_map(|(written, _, error)| Some((written.key.clone(), error.clone()?)))
            .collect();
        for (object, error) in &errors {
            if self.errors.get(object) != Some(error) {
                tracing::error!(%object, reason = error.reason(), %error, "object cannot be run");
            }
        }
        let kept = objects.iter().filter(|(written, ..)| written.kept);
        let kept: BTreeSet<_> = kept.map(|(written, ..)| written.key.clone()).collect();
        for object in kept.difference(&self.kept) {
            tracing::warn!(%object, "its file is wrong now, its last good state goes on");
        }
        let idle = objects.len() == errors.len();
        if idle && !self.idle {
            tracing::warn!("no object of the files can be run; waiting for a change of them");
        }
        (self.errors, self.kept, self.idle) = (errors, kept, idle);
    }
}
