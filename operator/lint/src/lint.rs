use std::collections::BTreeMap;

use operator_api::manifest::{Surveyed, survey};
use operator_api::{Finding as Read, Object, Problem};

use crate::explain::explained;
use crate::finding::{Findings, Said, shown};
use crate::world::World;
use crate::{Components, Finding, Input, Report, Severity, rules, trigger};

/// Kinds of Penstock and KEDA, as they stand in any manifest of one.
const OURS: [&str; 2] = ["keda.sh/", "penstock.dev/"];

/// Says what is wrong with these files, each by itself and all together.
pub async fn lint(inputs: &[Input], components: &dyn Components) -> Report {
    let mut findings = Findings::default();
    let mut items = Vec::new();
    for input in inputs {
        read(input, &mut items, &mut findings);
    }
    let world = World::new(&items);
    rules::all(&world, &mut findings);
    trigger::all(&world, components, &mut findings).await;
    report(inputs, &items, findings.0)
}

fn read(input: &Input, items: &mut Vec<Surveyed>, findings: &mut Findings) {
    let bytes = match &input.content {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("the file cannot be read: {error}");
            let fix = "make the file readable, or leave it out";
            return findings.say_of_file(&input.path, Said::error("UnreadableFile", message, fix));
        }
    };
    let text = String::from_utf8_lossy(bytes);
    let ours = OURS.iter().any(|group| text.contains(group));
    let survey = survey(&input.path, bytes);
    let is_syntax = |read: &Read| {
        let problem = &read.problem;
        matches!(
            problem,
            Problem::Syntax(_) | Problem::Encoding | Problem::DuplicateKey(_)
        )
    };
    let severity = match ours || input.named {
        true => Severity::Error,
        // A folder may hold much else; what cannot be read is told, and is nobody's fault.
        false => Severity::Note,
    };
    if is_template(&text) && survey.findings.iter().any(|f| f.severity == ERROR) {
        let line = survey.findings.iter().map(|f| f.line).min().unwrap_or(0);
        let message = "this is a template, not YAML: it has `{{ ... }}` in it";
        let fix = "lint what it becomes: `helm template CHART | penstock lint -`";
        findings.0.push(Finding {
            line,
            column: u32::from(line > 0),
            document: 1,
            ..of_file(input, severity, "Template", message, fix)
        });
        return;
    }
    for found in survey.findings {
        if !input.named && is_no_object(&found, &text) {
            continue;
        }
        if let Problem::UnknownKind {
            api_version, kind, ..
        } = &found.problem
            && !rules::kinds::is_meant_for_us(api_version, kind)
        {
            continue;
        }
        let mut explained = explained(found.clone());
        if is_syntax(&found) {
            explained.severity = severity;
        }
        if matches!(found.problem, Problem::UnknownKind { .. }) {
            rules::kinds::reworded(&mut explained);
        }
        findings.0.push(explained);
    }
    items.extend(survey.items);
}

const ERROR: operator_api::manifest::Severity = operator_api::manifest::Severity::Error;

fn of_file(
    input: &Input,
    severity: Severity,
    rule: &'static str,
    message: &str,
    fix: &str,
) -> Finding {
    Finding {
        file: shown(&input.path),
        line: 0,
        column: 0,
        document: 0,
        object: None,
        path: String::new(),
        severity,
        rule,
        message: message.into(),
        fix: fix.into(),
    }
}

/// Whether the text is a template of Helm's rather than a manifest.
fn is_template(text: &str) -> bool {
    let actions = [
        "{{-",
        "{{ .",
        "{{.",
        "{{ include",
        "{{ if",
        "{{ range",
        "{{ with",
        "{{ $",
    ];
    text.contains("}}") && actions.iter().any(|action| text.contains(action))
}

/// A document that never was meant to be an object: values of a chart, settings of some tool.
fn is_no_object(found: &Read, text: &str) -> bool {
    match &found.problem {
        Problem::NotAnObject(_) => true,
        Problem::Missing(field) if found.path.is_empty() && found.object.is_none() => {
            let signs = [
                "scaleTargetRef",
                "jobTargetRef",
                "secretTargetRef",
                "triggers:",
            ];
            matches!(field.as_str(), "apiVersion" | "kind")
                && !OURS.iter().chain(&signs).any(|sign| text.contains(sign))
        }
        _ => false,
    }
}

fn report(inputs: &[Input], items: &[Surveyed], mut findings: Vec<Finding>) -> Report {
    let order: BTreeMap<String, usize> = inputs
        .iter()
        .enumerate()
        .map(|(at, input)| (shown(&input.path), at))
        .collect();
    findings.sort_by(|a, b| {
        let key = |f: &Finding| (order.get(&f.file).copied(), f.line, f.column);
        key(a).cmp(&key(b))
    });
    findings.dedup();
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    let checked = |item: &&Surveyed| {
        let data = matches!(item.object, Some(Object::Secret(_) | Object::ConfigMap(_)));
        item.foreign.is_none() && !data
    };
    Report {
        files: inputs.len(),
        objects: items.iter().filter(checked).count(),
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        notes: count(Severity::Note),
        findings,
    }
}
