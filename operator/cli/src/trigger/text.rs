//! Answers for people.

use std::fmt::Write;

use super::answer::Answer;
use super::asking::Depth;
use crate::text::{Column, table};

/// An answer about a trigger of this type.
pub(super) fn answer(trigger_type: &str, answer: &Answer, depth: Depth) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    if answer.errors.is_empty() {
        metrics(&mut text, answer, depth);
    } else {
        let _ = writeln!(text, "{trigger_type}: cannot be used as it is");
    }
    for error in &answer.errors {
        let place = match error.param.as_str() {
            "" => String::new(),
            // Most messages begin with it anyway.
            param if error.message.contains(param) => String::new(),
            param => format!("{param}: "),
        };
        for line in error.message.lines() {
            let _ = writeln!(text, "  {place}{line}");
        }
    }
    if answer.errors.is_empty() && depth == Depth::Poll {
        outlook(&mut text, answer);
    }
    for notice in &answer.notices {
        let _ = writeln!(text, "note: {notice}");
    }
    text
}

fn metrics(text: &mut String, answer: &Answer, depth: Depth) {
    const COLUMNS: [Column; 4] = [
        Column::new("METRIC", 120),
        Column::new("VALUE", 40),
        Column::new("TARGET", 40),
        Column::new("TARGET TYPE", 40),
    ];
    let value = |m: &super::answer::MetricAnswer| m.value.clone().unwrap_or_else(|| "?".into());
    let rows: Vec<_> = answer
        .metrics
        .iter()
        .map(|m| {
            [
                m.name.clone(),
                value(m),
                m.target.clone(),
                m.target_type.clone(),
            ]
        })
        .collect();
    let lines = match depth {
        Depth::Poll => table(&COLUMNS, &rows, usize::MAX),
        Depth::Check => {
            let [metric, _, target, target_type] = COLUMNS;
            let rows: Vec<_> = rows.into_iter().map(|[a, _, b, c]| [a, b, c]).collect();
            table(&[metric, target, target_type], &rows, usize::MAX)
        }
    };
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
}

fn outlook(text: &mut String, answer: &Answer) {
    let mut told: Vec<&String> = Vec::new();
    let unknown = answer.metrics.iter().filter_map(|m| m.unknown.as_ref());
    for reason in unknown.chain(&answer.unknown) {
        // One failure of the source is the failure of each of its metrics.
        if !told.contains(&reason) {
            told.push(reason);
            let _ = writeln!(text, "not known: {reason}");
        }
    }
    let Some(polled) = &answer.polled else { return };
    let took = polled.details.as_ref().map(|d| d.latency_ms);
    let _ = match polled.active {
        Some(true) => writeln!(text, "active: a target without replicas would be started"),
        Some(false) => writeln!(text, "inactive: the target would be taken to its minimum"),
        None => writeln!(
            text,
            "active or not is not known: the target would stay as it is"
        ),
    };
    if let Some(details) = &polled.details {
        let _ = match details.replicas {
            Some(replicas) => writeln!(
                text,
                "of 1 replica it would make {replicas}: {}",
                details.why
            ),
            None => writeln!(
                text,
                "of 1 replica it would make no other number: {}",
                details.why
            ),
        };
    }
    if let Some(took) = took {
        let _ = writeln!(text, "asked in {took:.1} ms");
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::{Details, MetricAnswer, Polled, WrongParameter};
    use super::*;

    fn metric(value: Option<&str>, unknown: Option<&str>) -> MetricAnswer {
        MetricAnswer {
            name: "s0-redis-q".into(),
            target_type: "AverageValue".into(),
            target: "5".into(),
            value: value.map(ToString::to_string),
            unknown: unknown.map(ToString::to_string),
        }
    }

    #[test]
    fn a_check_shows_metrics_and_notes() {
        let text = answer(
            "redis",
            &Answer {
                ok: true,
                metrics: vec![metric(None, None)],
                notices: vec!["redis has no parameter x".into()],
                ..Answer::default()
            },
            Depth::Check,
        );
        assert_eq!(
            text,
            "METRIC      TARGET  TARGET TYPE\ns0-redis-q  5       AverageValue\n\
             note: redis has no parameter x\n"
        );
    }

    #[test]
    fn a_parameter_that_its_message_does_not_name_is_named() {
        let errors = [("metricType", "bad"), ("listName", "listName is missing")];
        let errors = errors.map(|(param, message)| WrongParameter::new(param, message));
        let text = answer(
            "redis",
            &Answer {
                errors: errors.to_vec(),
                ..Answer::default()
            },
            Depth::Check,
        );
        assert_eq!(
            text,
            "redis: cannot be used as it is\n  metricType: bad\n  listName is missing\n"
        );
    }

    #[test]
    fn a_poll_says_what_would_be_done() {
        let polled = |active, replicas, why: &str| {
            Some(Polled {
                active,
                details: Some(Details {
                    latency_ms: 1.25,
                    replicas,
                    why: why.into(),
                }),
            })
        };
        let mut found = Answer {
            ok: true,
            metrics: vec![metric(Some("18"), None)],
            polled: polled(Some(true), Some(4), "18 at 5 a replica"),
            ..Answer::default()
        };
        let text = answer("redis", &found, Depth::Poll);
        assert!(
            text.contains("s0-redis-q  18     5       AverageValue\n"),
            "{text}"
        );
        assert!(
            text.contains("of 1 replica it would make 4: 18 at 5"),
            "{text}"
        );
        found.metrics = vec![metric(None, Some("Unreachable: refused"))];
        found.unknown = Some("Unreachable: refused".into());
        found.polled = polled(None, None, "no metric is known");
        let text = answer("redis", &found, Depth::Poll);
        assert_eq!(text.matches("Unreachable: refused").count(), 1, "{text}");
        assert!(text.contains("the target would stay as it is"), "{text}");
    }
}
