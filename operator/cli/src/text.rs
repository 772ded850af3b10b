//! Text for people.

mod columns;
mod explanation;
mod time;

pub(crate) use columns::{Column, cut, table};
pub(crate) use explanation::explanation;
pub(crate) use time::clock_time;

use crate::view::{MetricView, ObjectView, TriggerView};

/// The columns of the table and of `status`.
pub(crate) const COLUMNS: [Column; 6] = [
    Column::new("OBJECT", 40),
    Column::new("TRIGGER", 28),
    Column::new("VALUE/TARGET", 20),
    Column::new("REPLICAS", 10),
    Column::new("WHY", 60),
    Column::new("LAST ERROR", 60),
];

/// One object as rows: the first has everything, the others its further triggers.
pub(crate) fn rows(object: &ObjectView) -> Vec<[String; 6]> {
    let mut rows = Vec::new();
    for trigger in &object.triggers {
        let metrics = trigger.metrics.iter().map(Some);
        let none = trigger.metrics.is_empty().then_some(None);
        for metric in metrics.chain(none) {
            let value = metric.map_or_else(|| "?".into(), value_of_target);
            let mut row: [String; 6] = Default::default();
            row[1] = trigger_text(trigger, metric);
            row[2] = value;
            rows.push(row);
        }
    }
    if rows.is_empty() {
        rows.push(Default::default());
    }
    let count = |n: Option<u32>| n.map_or_else(|| "?".to_string(), |n| n.to_string());
    rows[0][0] = object.key();
    rows[0][3] = format!("{}/{}", count(object.replicas), count(object.wanted));
    rows[0][4] = match (&object.error, object.decisions.last()) {
        (Some(error), _) => format!("not run: {error}"),
        (None, Some(decision)) => decision.summary.clone(),
        (None, None) => "not polled yet".to_string(),
    };
    rows[0][5] = object
        .last_error
        .as_ref()
        .map_or_else(String::new, |error| {
            format!("{} {}", clock_time(error.at), error.failure)
        });
    rows
}

fn trigger_text(trigger: &TriggerView, metric: Option<&MetricView>) -> String {
    match metric {
        Some(metric) => metric.name.clone(),
        None if trigger.name.is_empty() => trigger.trigger_type.clone(),
        None => trigger.name.clone(),
    }
}

/// `50/10`, or `?/10` when the value is not known.
fn value_of_target(metric: &MetricView) -> String {
    match metric.value {
        Some(value) => format!("{value}/{}", metric.target),
        None => format!("?/{}", metric.target),
    }
}
