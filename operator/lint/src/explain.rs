//! What the reader of manifests finds, with a remedy for each.

use operator_api::manifest::Severity as Read;
use operator_api::{Problem, nearest};

use crate::finding::shown;
use crate::{Finding, Severity};

/// A finding of the reader as one of ours.
pub(crate) fn explained(found: operator_api::Finding) -> Finding {
    let severity = match (found.severity, &found.problem) {
        // KEDA's own texts for these are warnings too, of settings that do no harm.
        (
            _,
            Problem::Rule {
                reason: "NotRelevant",
                ..
            },
        ) => Severity::Note,
        (Read::Error, _) => Severity::Error,
        (Read::Warning, _) => Severity::Warning,
    };
    Finding {
        file: shown(&found.file),
        line: found.line,
        column: found.column,
        document: found.document,
        object: found.object.as_ref().map(ToString::to_string),
        severity,
        rule: found.problem.reason(),
        message: found.problem.to_string(),
        fix: fix(&found.problem, &found.path),
        path: full_path(found.path, &found.problem),
    }
}

/// The reader calls the mapping; the field is what people look for.
fn full_path(path: String, problem: &Problem) -> String {
    let field = match problem {
        Problem::UnknownField { field, .. } | Problem::Missing(field) => field,
        _ => return path,
    };
    match path.as_str() {
        "" => field.clone(),
        path => format!("{path}.{field}"),
    }
}

fn fix(problem: &Problem, path: &str) -> String {
    match problem {
        Problem::Syntax(text) if text.contains("tab") => {
            "indent with spaces, never with tabs".into()
        }
        Problem::Syntax(_) => {
            "correct the YAML here: indentation, quotes, brackets, and a space after `:` and `-`"
                .into()
        }
        Problem::DuplicateKey(key) => format!("keep one `{key}` and remove the other"),
        Problem::Encoding => {
            "save the file as UTF-8 text, or leave it out if it is no manifest".into()
        }
        Problem::Unreadable(_) => "make the file readable, or leave it out".into(),
        Problem::NotAnObject(_) => {
            "write a mapping that begins with apiVersion and kind, or leave the file out".into()
        }
        Problem::UnknownKind {
            suggestion: Some(kind),
            ..
        } => match kind.split_once(' ') {
            Some((version, kind)) => format!("write `apiVersion: {version}` and `kind: {kind}`"),
            None => format!("write `{kind}`"),
        },
        Problem::UnknownKind { .. } => "leave it out, or correct apiVersion and kind".into(),
        Problem::Duplicate { .. } => "give one of the two another name, or remove it".into(),
        Problem::UnknownField {
            field,
            suggestion: Some(name),
        } => format!("rename `{field}` to `{name}`"),
        Problem::UnknownField { field, .. } => format!("remove `{field}`"),
        Problem::Missing(field) => format!("add `{field}`"),
        Problem::NotAString { quoted, .. } => format!("put it in quotes: {quoted}"),
        Problem::WrongType { expected, found } => wrong_type(expected, found, path),
        Problem::NotAllowed { found, allowed } => {
            match nearest(found, allowed.iter().map(String::as_str)) {
                Some(meant) => format!("write {meant}"),
                None => format!("write one of {}", allowed.join(", ")),
            }
        }
        Problem::OutOfBounds { bound, .. } => format!("write a number of {bound}"),
        Problem::TooShort(least) => format!("give at least {least}"),
        Problem::Malformed(_) => "correct it as the message says".into(),
        Problem::Rule { reason, .. } => rule(reason).into(),
    }
}

fn wrong_type(expected: &str, found: &str, path: &str) -> String {
    let field = path.rsplit('.').next().unwrap_or(path);
    let is_time = ["Interval", "Period", "Seconds"]
        .iter()
        .any(|end| field.ends_with(end));
    match (expected, found) {
        ("a whole number", "a string") if is_time => {
            "write whole seconds, without quotes and without a unit, such as 30".into()
        }
        ("a whole number" | "a number", "a string") => {
            "write the number without quotes, such as 5".into()
        }
        ("true or false", "a string") => "write true or false without quotes".into(),
        ("a list", _) => "write a list: one line for each element, beginning with `- `".into(),
        ("a mapping", "a list") => "write `name: value` lines without `- ` before them".into(),
        ("a mapping", _) => "write `name: value` lines, indented below it".into(),
        _ => format!("write {expected}"),
    }
}

/// The remedies of rules that join several fields.
fn rule(reason: &str) -> &'static str {
    match reason {
        "InvalidName" => "use lower-case letters, digits and `-`",
        "NameTooLong" => "choose a shorter name",
        "InvalidPausedReplicas" => "write the number of replicas in quotes, such as \"0\"",
        "NoTriggers" => "add at least one trigger",
        "DuplicateTriggerName" => "give each trigger a name of its own",
        "CachedMetricsNotSupported" => "remove useCachedMetrics here",
        "UtilizationNotSupported" => "write AverageValue or Value, or leave metricType out",
        "IncorrectReplicas" => {
            "choose idleReplicaCount < minReplicaCount <= maxReplicaCount; write `minReplicaCount: 0` \
             where idleReplicaCount is 0"
        }
        "IncorrectFallback" => {
            "add a trigger or a formula that the fallback can stand in for, or remove the fallback"
        }
        "IncorrectModifiers" => {
            "give both: a formula, and a target that is a number above 0 in quotes"
        }
        "NotRelevant" => "nothing has to change; it may be removed",
        "FilePathNotSupported" => {
            "make it a ClusterTriggerAuthentication, or take the values from a Secret"
        }
        "IncorrectPodIdentity" => "correct podIdentity as the message says",
        "IncorrectOAuth2" => "correct oauth2 as the message says",
        "EmptyCommand" => "write the program first, such as `command: [./worker]`",
        _ => "correct it as the message says",
    }
}
