//! Text for people.

mod columns;
mod explanation;
mod print;
mod terminal;
mod time;

pub(crate) use columns::{Column, cut, table};
pub(crate) use explanation::explanation;
pub(crate) use print::print;
pub(crate) use terminal::terminal_size;
pub(crate) use time::clock_time;

use crate::view::{MetricView, ObjectView, TriggerView};

/// What is known of an object in few words, and then in sentences.
const WORDS: [Column; 4] = [
    Column::new("OBJECT", 40),
    Column::new("TRIGGER", 28),
    Column::new("VALUE/TARGET", 20),
    Column::new("REPLICAS", 10),
];
const ALL: [Column; 6] = [
    WORDS[0],
    WORDS[1],
    WORDS[2],
    WORDS[3],
    Column::sentence("WHY"),
    Column::sentence("LAST ERROR"),
];

/// From so many characters a line on, sentences have room beside the words.
const WIDE: usize = 120;

/// Objects as a table, at most `width` characters a line. Where that is little, the sentences are
/// below each object.
pub(crate) fn objects(objects: &[ObjectView], width: usize) -> Vec<String> {
    let words: Vec<_> = objects.iter().map(words).collect();
    if width >= WIDE {
        let rows = objects.iter().zip(words).flat_map(|(object, words)| {
            let mut sentences = Some([why(object), last_error(object)]);
            words.into_iter().map(move |[a, b, c, d]| {
                let [why, error] = sentences.take().unwrap_or_default();
                [a, b, c, d, why, error]
            })
        });
        return table(&ALL, &rows.collect::<Vec<_>>(), width);
    }
    let mut table = table(&WORDS, &words.concat(), width).into_iter();
    let mut lines: Vec<String> = table.next().into_iter().collect();
    for (object, words) in objects.iter().zip(&words) {
        lines.extend(table.by_ref().take(words.len()));
        lines.push(cut(&format!("  {}", why(object)), width));
        let error = last_error(object);
        if !error.is_empty() {
            lines.push(cut(&format!("  last error: {error}"), width));
        }
    }
    lines
}

/// One object as rows: the first has everything, the others its further metrics.
fn words(object: &ObjectView) -> Vec<[String; 4]> {
    let mut rows = Vec::new();
    for trigger in &object.triggers {
        let metrics = trigger.metrics.iter().map(Some);
        let none = trigger.metrics.is_empty().then_some(None);
        for metric in metrics.chain(none) {
            let value = metric.map_or_else(|| "?".into(), value_of_target);
            let empty = String::new;
            rows.push([empty(), trigger_text(trigger, metric), value, empty()]);
        }
    }
    if rows.is_empty() {
        rows.push(Default::default());
    }
    let count = |n: Option<u32>| n.map_or_else(|| "?".to_string(), |n| n.to_string());
    rows[0][0] = object.key();
    rows[0][3] = format!("{}/{}", count(object.replicas), count(object.wanted));
    rows
}

fn why(object: &ObjectView) -> String {
    match (&object.error, object.decisions.last()) {
        (Some(error), _) => format!("not run: {error}"),
        (None, Some(decision)) => decision.summary.clone(),
        (None, None) => "not polled yet".to_string(),
    }
}

fn last_error(object: &ObjectView) -> String {
    let error = object.last_error.as_ref();
    error.map_or_else(String::new, |error| {
        format!("{} {}", clock_time(error.at), error.failure)
    })
}

fn trigger_text(trigger: &TriggerView, metric: Option<&MetricView>) -> String {
    match metric {
        Some(metric) => metric.name.clone(),
        None if trigger.name.is_empty() => trigger.trigger_type.clone(),
        None => trigger.name.clone(),
    }
}

/// `50/10`, or `?/10` when the value is not known.
pub(crate) fn value_of_target(metric: &MetricView) -> String {
    match metric.value {
        Some(value) => format!("{value}/{}", metric.target),
        None => format!("?/{}", metric.target),
    }
}
