//! How the texts of parameters are read, as far as it takes to say what a text should have been.

use runtime_types::{Parameter, ParameterKind};

/// Whether the text has the form of its kind. A scaler's own answer counts; this only says why.
pub(super) fn fits(kind: ParameterKind, text: &str) -> bool {
    match kind {
        ParameterKind::String | ParameterKind::StringList | ParameterKind::UrlValues => true,
        ParameterKind::Boolean => matches!(
            text,
            "1" | "t"
                | "T"
                | "TRUE"
                | "true"
                | "True"
                | "0"
                | "f"
                | "F"
                | "FALSE"
                | "false"
                | "False"
        ),
        ParameterKind::Integer => serde_json::from_str::<i64>(text).is_ok(),
        ParameterKind::Number => serde_json::from_str::<f64>(text).is_ok(),
        ParameterKind::Duration => text.parse::<i64>().is_ok() || text.ends_with(['s', 'm', 'h']),
        ParameterKind::IntegerList => text
            .chars()
            .all(|c| c.is_ascii_digit() || ", -".contains(c)),
        ParameterKind::Map => text.split(',').all(|pair| pair.matches('=').count() == 1),
    }
}

/// What to write, with an example.
pub(super) fn wanted(parameter: &Parameter) -> &'static str {
    match parameter.kind {
        ParameterKind::String => "a text",
        ParameterKind::Boolean => "\"true\" or \"false\"",
        ParameterKind::Integer => "a whole number in quotes, such as \"5\"",
        ParameterKind::Number => "a number in quotes, such as \"5\" or \"0.5\"",
        ParameterKind::Duration => "a time such as \"30s\" or \"1m30s\", or milliseconds",
        ParameterKind::StringList => "texts with commas between them",
        ParameterKind::IntegerList => "whole numbers with commas between them, such as \"1,2,5-7\"",
        ParameterKind::Map => "pairs with commas between them, such as \"a=1,b=2\"",
        ParameterKind::UrlValues => "the query of a URL, such as \"a=1&b=2\"",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_form_of_its_kind_or_not() {
        for (kind, good, bad) in [
            (ParameterKind::Boolean, "True", "yes"),
            (ParameterKind::Integer, "-7", "1.5"),
            (ParameterKind::Number, "1e3", ".5"),
            (ParameterKind::Duration, "1m30s", "soon?"),
            (ParameterKind::IntegerList, "1-4, 7", "one"),
            (ParameterKind::Map, "a=1,b=2", "a"),
        ] {
            assert!(fits(kind, good), "{good}");
            assert!(!fits(kind, bad), "{bad}");
        }
    }
}
