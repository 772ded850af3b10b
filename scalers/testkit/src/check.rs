//! Compares what came out with what a case expects.

use std::collections::BTreeMap;

use runtime_types::{Checked, Outcome, ParameterError, Trigger};

use crate::case::{ExpectedCheck, ExpectedError, ExpectedMetric, ExpectedPoll};

/// Differences, as text.
pub(crate) type Differences = Vec<String>;

pub(crate) fn of_check(
    expected: &ExpectedCheck,
    got: &Result<Checked, Vec<ParameterError>>,
    trigger: &Trigger,
) -> Differences {
    let mut differences = Vec::new();
    if let Some(errors) = &expected.errors {
        match got {
            Ok(checked) => differences.push(lines("check", "errors", &format!("{checked:?}"))),
            Err(got) => differences.extend(of_errors("check", errors, got)),
        }
        return differences;
    }
    let checked = match got {
        Ok(checked) => checked,
        Err(errors) => return vec![lines("check", "metrics", &format!("{errors:?}"))],
    };
    if let Some(metrics) = &expected.metrics {
        let wanted: Vec<_> = metrics.iter().map(expected_metric).collect();
        let got: Vec<_> = checked
            .metrics
            .iter()
            .map(|m| {
                let activation = m.activation.map(|a| a.to_string());
                let name = m.full_name(trigger.index);
                metric(
                    &name,
                    &m.target.to_string(),
                    activation.as_deref(),
                    m.fixed_type,
                )
            })
            .collect();
        if wanted != got {
            differences.push(lines("check.metrics", &wanted.join("; "), &got.join("; ")));
        }
    }
    if let Some(notices) = &expected.notices
        && *notices != checked.notices
    {
        let (wanted, got) = (format!("{notices:?}"), format!("{:?}", checked.notices));
        differences.push(lines("check.notices", &wanted, &got));
    }
    differences
}

fn expected_metric(m: &ExpectedMetric) -> String {
    metric(&m.name, &m.target, m.activation.as_deref(), m.fixed_type)
}

fn metric(
    name: &str,
    target: &str,
    activation: Option<&str>,
    fixed: Option<runtime_types::MetricType>,
) -> String {
    let activation = activation.unwrap_or("by itself");
    let fixed = fixed
        .map(|f| format!(" fixed to {f:?}"))
        .unwrap_or_default();
    format!("{name} target {target} activation {activation}{fixed}")
}

fn of_errors(place: &str, expected: &[ExpectedError], got: &[ParameterError]) -> Differences {
    let matches = expected.len() == got.len()
        && expected
            .iter()
            .zip(got)
            .all(|(e, g)| e.param == g.parameter && g.message.contains(&e.text));
    if matches {
        return Vec::new();
    }
    let wanted: Vec<_> = expected
        .iter()
        .map(|e| format!("{}: ...{}...", e.param, e.text))
        .collect();
    let got: Vec<_> = got
        .iter()
        .map(|g| format!("{}: {}", g.parameter, g.message))
        .collect();
    vec![lines(place, &wanted.join("; "), &got.join("; "))]
}

pub(crate) fn of_poll(
    nth: usize,
    expected: &ExpectedPoll,
    got: &Outcome,
    checked: Option<&Checked>,
    trigger: &Trigger,
) -> Differences {
    let place = format!("poll {nth}");
    let mut differences = match (expected, got) {
        (
            ExpectedPoll {
                values: Some(values),
                ..
            },
            Outcome::Reading(_),
        ) => of_reading(&place, values, expected.active, got, checked, trigger),
        (
            ExpectedPoll {
                unknown: Some(wanted),
                ..
            },
            Outcome::Unknown(unknown),
        ) => {
            if wanted.reason == unknown.reason && unknown.message.contains(&wanted.text) {
                Vec::new()
            } else {
                let wanted = format!("{}: ...{}...", wanted.reason, wanted.text);
                vec![lines(&place, &wanted, &unknown.to_string())]
            }
        }
        (
            ExpectedPoll {
                config: Some(wanted),
                ..
            },
            Outcome::Config(errors),
        ) => of_errors(&place, wanted, errors),
        _ => vec![lines(&place, &format!("{expected:?}"), &format!("{got:?}"))],
    };
    let text = format!("{got:?}");
    for never in expected
        .never
        .iter()
        .filter(|never| text.contains(never.as_str()))
    {
        differences.push(format!("{place}: {never:?} must not appear in {text}"));
    }
    differences
}

fn of_reading(
    place: &str,
    values: &BTreeMap<String, String>,
    active: Option<bool>,
    got: &Outcome,
    checked: Option<&Checked>,
    trigger: &Trigger,
) -> Differences {
    let (Outcome::Reading(reading), Some(checked)) = (got, checked) else {
        return vec![format!("{place}: there is a reading although check failed")];
    };
    let mut differences = Vec::new();
    let mut got_values = BTreeMap::new();
    let mut got_active = reading.active.unwrap_or(false);
    for sample in &reading.samples {
        let spec = checked.metrics.iter().find(|m| m.name == sample.name);
        // Sources that name their own metrics have no specs.
        let name = spec.map_or(sample.name.clone(), |spec| spec.full_name(trigger.index));
        let text = match &sample.value {
            Ok(value) => value.to_string(),
            Err(unknown) => format!("unknown {}", unknown.reason),
        };
        if reading.active.is_none()
            && let (Ok(value), Some(threshold)) = (&sample.value, spec.and_then(|s| s.activation))
        {
            got_active |= value.exceeds(threshold);
        }
        got_values.insert(name, text);
    }
    if *values != got_values {
        differences.push(lines(
            place,
            &format!("{values:?}"),
            &format!("{got_values:?}"),
        ));
    }
    if let Some(active) = active
        && active != got_active
    {
        let place = format!("{place}.active");
        differences.push(lines(&place, &active.to_string(), &got_active.to_string()));
    }
    differences
}

fn lines(place: &str, expected: &str, got: &str) -> String {
    format!("{place}:\n      expected {expected}\n      got      {got}")
}
