use gjson::Kind;
use scaler_sdk::{Failure, Number};

use crate::{no_number, nothing_at, quantity};

/// The number at `location`, which is a GJSON path, as in KEDA: the library is the same author's for another language.
///
/// The document as a whole is not validated, as there: a path may lead into one that goes on
/// behind it, such as lines of JSON.
///
/// # Errors
/// When there is none. That is never 0.
pub fn find(text: &str, location: &str) -> Result<Number, Failure> {
    if !text.trim_start().starts_with(['{', '[']) {
        return Err(Failure::malformed("the answer is no JSON object or list"));
    }
    let value = gjson::get(text, location);
    let what = match value.kind() {
        Kind::Number => {
            let literal = value.json().trim();
            return number(literal).ok_or_else(|| no_number(location, "a broken number"));
        }
        Kind::String => return quantity(value.str(), location),
        Kind::Null if !value.exists() => return Err(nothing_at(location)),
        Kind::Null => "null",
        Kind::True | Kind::False => "a boolean",
        Kind::Array => "a list",
        Kind::Object => "an object",
    };
    Err(no_number(location, what))
}

/// A number's text: whole where it is written as a whole one.
fn number(text: &str) -> Option<Number> {
    match text.parse::<i64>() {
        Ok(whole) => Some(Number::Whole(whole)),
        Err(_) => text.parse().ok().map(Number::Real),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
        "count": 2.43, "big": 9007199254740993, "none": null, "yes": true, "zero": 0, "e": 1e3,
        "a.b": 7, "q": "100m", "text": "NaN",
        "queues": [
            {"name": "orders", "length": 32, "size": "1Ki"},
            {"name": "mail", "length": 5}
        ]
    }"#;

    fn real(location: &str) -> Option<f64> {
        match find(TEXT, location).ok()? {
            Number::Whole(whole) => Some(whole as f64),
            Number::Real(x) => Some(x),
        }
    }

    #[test]
    fn paths_lead_to_numbers_and_quantities() {
        for (location, value) in [
            ("count", 2.43),
            ("zero", 0.0),
            ("e", 1000.0),
            ("q", 0.1),
            (r"a\.b", 7.0),
            ("queues.0.length", 32.0),
            ("queues.0.size", 1024.0),
            ("queues.#", 2.0),
            (r#"queues.#(name=="mail").length"#, 5.0),
            (r#"queues.#(length>10).length"#, 32.0),
            ("qu*es.1.length", 5.0),
            ("queues|1|length", 5.0),
            ("queues.#(length<10)#|#", 1.0),
            ("queues.@reverse.0.length", 5.0),
        ] {
            assert_eq!(real(location), Some(value), "{location}");
        }
        assert_eq!(find(TEXT, "big"), Ok(Number::Whole(9_007_199_254_740_993)));
    }

    #[test]
    fn what_is_no_number_is_no_zero() {
        for location in [
            "missing",
            "none",
            "yes",
            "text",
            "queues",
            "queues.0",
            "queues.#.length",
            "queues.7",
        ] {
            assert!(find(TEXT, location).is_err(), "{location}");
        }
        for text in ["", "0", "<html>", "count: 1", "{\"count\":"] {
            assert!(find(text, "count").is_err(), "{text}");
        }
    }
}
