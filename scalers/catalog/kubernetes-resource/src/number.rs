use scaler_protocols_documents as documents;
use scaler_sdk::{Failure, Number};

use crate::config::Config;

/// The number that `text` is, or that is in it.
pub(crate) fn find(text: &str, config: &Config) -> Result<Number, Failure> {
    let location = config.value_location.as_str();
    let whole = config.value_type == "int64";
    match config.format.as_str() {
        "json" => documents::json(text, location).map(|n| truncated(n, whole)),
        "yaml" => documents::yaml(text, location),
        _ if config.value_type == "quantity" => {
            let text = text.trim();
            documents::parse_quantity(text).ok_or_else(|| malformed(text, "quantity"))
        }
        _ => {
            // Editors leave a line's end behind.
            let text = text.trim();
            let number = match text.parse::<i64>() {
                Ok(number) => Some(Number::Whole(number)),
                Err(_) => text.parse().ok().map(Number::Real),
            };
            match number {
                Some(Number::Real(x)) if !x.is_finite() => Err(malformed(text, "amount")),
                Some(number) => Ok(truncated(number, whole)),
                None => Err(malformed(text, "number")),
            }
        }
    }
}

fn truncated(number: Number, whole: bool) -> Number {
    match number {
        Number::Real(x) if whole => Number::Real(x.trunc()),
        other => other,
    }
}

/// Most texts are short; a whole document in place of a number would be no message.
fn malformed(text: &str, what: &str) -> Failure {
    let shown: String = text.chars().take(40).collect();
    Failure::malformed(format!("{shown:?} is no {what}"))
}
