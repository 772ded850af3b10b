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
    names(object, &mut rules);
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

/// Names as clusters take them. They become names of files and labels, where others could do harm.
fn names(object: &Object, rules: &mut Rules) {
    let metadata = object.metadata();
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let mut check = |field: &str, text: &str, most: usize, others: &[char]| {
        let well = text.starts_with(letters)
            && text.ends_with(letters)
            && text.len() <= most
            && text.chars().all(|c| letters(c) || others.contains(&c));
        if !well {
            let others = others
                .iter()
                .map(|c| format!("`{c}`"))
                .collect::<Vec<_>>()
                .join(" and ");
            rules.error(
                format!("metadata.{field}"),
                "InvalidName",
                format!(
                    "`{text}` must be at most {most} lower-case letters, digits and, inside, {others}"
                ),
            );
        }
    };
    check(
        "name",
        metadata.name.as_deref().unwrap_or_default(),
        253,
        &['-', '.'],
    );
    if let Some(namespace) = metadata
        .namespace
        .as_deref()
        .filter(|text| !text.is_empty())
    {
        check("namespace", namespace, 63, &['-']);
    }
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
