//! Rules that join several fields, and that a schema therefore does not state.

mod authentication;
mod scaled;

use crate::Object;
use crate::manifest::{Problem, Severity};

/// A rule that an object breaks.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// Whether the object is usable all the same.
    pub severity: Severity,
    /// The field.
    pub path: String,
    /// What is the matter.
    pub problem: Problem,
}

/// Every rule that `object` breaks.
pub fn of(object: &Object) -> Vec<Violation> {
    let mut rules = Rules(Vec::new());
    match object {
        Object::ScaledObject(object) => scaled::object(object, &mut rules),
        Object::ScaledJob(job) => scaled::job(job, &mut rules),
        Object::TriggerAuthentication(auth) => authentication::check(&auth.spec, false, &mut rules),
        Object::ClusterTriggerAuthentication(auth) => {
            authentication::check(&auth.spec.0, true, &mut rules);
        }
        Object::Process(process) => scaled::process(process, &mut rules),
        Object::Secret(_) | Object::ConfigMap(_) => {}
    }
    rules.0
}

struct Rules(Vec<Violation>);

impl Rules {
    fn error(&mut self, path: impl Into<String>, reason: &'static str, message: impl Into<String>) {
        self.push(Severity::Error, path, reason, message);
    }

    fn warning(
        &mut self,
        path: impl Into<String>,
        reason: &'static str,
        message: impl Into<String>,
    ) {
        self.push(Severity::Warning, path, reason, message);
    }

    fn push(
        &mut self,
        severity: Severity,
        path: impl Into<String>,
        reason: &'static str,
        message: impl Into<String>,
    ) {
        self.0.push(Violation {
            severity,
            path: path.into(),
            problem: Problem::Rule {
                reason,
                message: message.into(),
            },
        });
    }
}
