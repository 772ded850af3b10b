use operator_lint::{Finding, Report};

/// A block of lines for each finding, and a summary.
pub(super) fn report(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in &report.findings {
        lines.extend(block(finding));
        lines.push(String::new());
    }
    lines.push(summary(report));
    lines
}

fn block(finding: &Finding) -> Vec<String> {
    let Finding {
        file,
        severity,
        message,
        rule,
        ..
    } = finding;
    let file = one_line(file);
    let place = match finding.line {
        0 => file,
        line => format!("{file}:{line}"),
    };
    let mut lines = vec![format!(
        "{place}: {}: {} [{rule}]",
        severity.as_str(),
        one_line(message)
    )];
    let about = match (&finding.object, finding.path.as_str()) {
        (Some(object), "") => object.clone(),
        (Some(object), path) => format!("{object}: {path}"),
        (None, path) => path.to_string(),
    };
    if !about.is_empty() {
        lines.push(format!("  {}", one_line(&about)));
    }
    lines.push(format!("  fix: {}", one_line(&finding.fix)));
    lines
}

/// What stands in a manifest must not write to the terminal at will.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// `3 findings in 2 of 14 files, and 1 note`
fn summary(report: &Report) -> String {
    let files = count(report.files, "file");
    let found: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.severity.as_str() != "note")
        .collect();
    let mut names: Vec<_> = found.iter().map(|finding| &finding.file).collect();
    names.dedup();
    let notes = match report.notes {
        0 => String::new(),
        notes => format!(", and {}", count(notes, "note")),
    };
    let objects = count(report.objects, "object");
    match found.len() {
        0 => format!("no findings in {files} ({objects}){notes}"),
        findings => format!(
            "{} in {} of {files}{notes}",
            count(findings, "finding"),
            names.len()
        ),
    }
}

fn count(n: usize, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use operator_lint::Severity;

    use super::*;

    fn finding(file: &str, severity: Severity) -> Finding {
        Finding {
            file: file.into(),
            line: 3,
            column: 1,
            document: 1,
            object: Some("ScaledObject default/a".into()),
            path: "spec.x".into(),
            severity,
            rule: "UnknownField",
            message: "unknown\nfield".into(),
            fix: "remove it".into(),
        }
    }

    #[test]
    fn a_finding_is_a_block_and_the_end_is_a_summary() {
        let report = super::report(&Report {
            findings: vec![
                finding("a", Severity::Error),
                finding("a", Severity::Note),
                finding("b", Severity::Warning),
            ],
            files: 14,
            objects: 20,
            errors: 1,
            warnings: 1,
            notes: 1,
        });
        assert_eq!(
            report[..4],
            [
                "a:3: error: unknown field [UnknownField]",
                "  ScaledObject default/a: spec.x",
                "  fix: remove it",
                ""
            ]
        );
        assert_eq!(report[12], "2 findings in 2 of 14 files, and 1 note");
    }

    #[test]
    fn nothing_found_is_said_too() {
        let report = Report {
            files: 1,
            objects: 2,
            ..Report::default()
        };
        assert_eq!(
            super::report(&report),
            ["no findings in 1 file (2 objects)"]
        );
    }
}
