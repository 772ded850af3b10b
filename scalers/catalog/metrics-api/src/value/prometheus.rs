mod line;
mod scan;
mod selector;

use std::collections::BTreeSet;

use scaler_sdk::{Failure, Number};

use super::nothing_at;
use line::Line;
use selector::Selector;

/// Whether `location` is a metric with labels.
pub(super) fn check(location: &str) -> Result<(), String> {
    Selector::parse(location).map(drop)
}

/// The first sample of the metric that has all the labels, as in KEDA. Samples of a summary or a
/// histogram under its own name are not numbers of that metric, but `_sum` and `_count` are.
pub(super) fn find(text: &str, location: &str) -> Result<Number, Failure> {
    let selector =
        Selector::parse(location).map_err(|text| Failure::config("valueLocation", text))?;
    let mut spread = BTreeSet::new();
    let mut found = None;
    for (i, line) in text.lines().enumerate() {
        let broken = || Failure::malformed(format!("line {} of the answer is no metric", i + 1));
        match Line::parse(line).ok_or_else(broken)? {
            Line::Nothing => {}
            Line::Type { name, kind } => {
                if matches!(kind, "summary" | "histogram") {
                    spread.insert(name.to_string());
                }
            }
            Line::Sample(sample) => {
                if found.is_none() && selector.matches(&sample) && !spread.contains(&sample.name) {
                    found = Some(sample.value);
                }
            }
        }
    }
    found.ok_or_else(|| nothing_at(location))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# HELP queue_size Total number of items
\t# TYPE queue_size counter
\tqueue_size{queueName=\"zero\"} 0
queue_size { queueName = \"two\", instance=\"a\" , } 2 1700000000000\r
queue_size{queueName=\"two\",instance=\"b\\\"\\\\\\n}\"} 20
# TYPE took summary
took{quantile=\"0.5\"} 0.1
took_count 7
{\"utf8.name\",a=\"b\"} 3
ratio 2.5e-1
none NaN
last 10";

    #[test]
    fn the_first_sample_with_the_labels_is_found() {
        for (location, number) in [
            ("last", Number::Whole(10)),
            ("ratio", Number::Real(0.25)),
            ("queue_size", Number::Whole(0)),
            ("queue_size{}", Number::Whole(0)),
            ("queue_size{queueName=\"two\"}", Number::Whole(2)),
            (
                r#"queue_size{instance='b"\\\n}', queueName=`two`,}"#,
                Number::Whole(20),
            ),
            ("{__name__=\"last\"}", Number::Whole(10)),
            ("{\"utf8.name\", a=\"b\"}", Number::Whole(3)),
            ("took_count", Number::Whole(7)),
        ] {
            assert_eq!(find(TEXT, location), Ok(number), "{location}");
        }
    }

    #[test]
    fn what_is_not_there_is_no_zero() {
        for location in ["missing", "queue_size{queueName=\"three\"}", "took"] {
            assert!(find(TEXT, location).is_err(), "{location}");
        }
        for text in [
            "",
            "<html>",
            "last",
            "last x",
            "last 1 x",
            "last{a} 1",
            "last{a=b} 1",
            "last{a=\"b\" 1",
            "1last 1",
            "last 0\nbroken{ 1",
        ] {
            assert!(find(text, "last").is_err(), "{text}");
        }
    }

    #[test]
    fn a_location_that_is_no_metric_with_labels_is_refused() {
        for location in [
            "a b",
            "a{b=c}",
            "a{b=\"c\"",
            "a{b!=\"c\"}",
            "a{b=~\"c\"}",
            "{}",
            "{b=\"c\"}",
            "a{}x",
            "rate(a[5m])",
            "1a",
            "a{b=\"c\" d=\"e\"}",
        ] {
            assert!(check(location).is_err(), "{location}");
        }
    }
}
