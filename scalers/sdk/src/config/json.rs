//! Numbers in the grammar of JSON literals, with the error texts that KEDA's users see (those of
//! Go's `encoding/json`).

/// Reads a whole number. `go_type` appears in the error only.
pub(crate) fn integer<T: std::str::FromStr>(text: &str, go_type: &str) -> Result<T, String> {
    let literal = trim(text);
    check(literal)?;
    literal.parse().map_err(|_| cannot(literal, go_type))
}

/// Reads a number.
pub(crate) fn number(text: &str, go_type: &str) -> Result<f64, String> {
    let literal = trim(text);
    check(literal)?;
    literal
        .parse()
        .ok()
        .filter(|x: &f64| x.is_finite())
        .ok_or_else(|| cannot(literal, go_type))
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

fn cannot(literal: &str, go_type: &str) -> String {
    format!("json: cannot unmarshal number {literal} into Go value of type {go_type}")
}

/// Whether `literal` is a JSON number; the error names the first character that is not.
fn check(literal: &str) -> Result<(), String> {
    let mut rest = literal.chars().peekable();
    let negative = rest.next_if_eq(&'-').is_some();
    let place = if negative {
        "in numeric literal"
    } else {
        "looking for beginning of value"
    };
    match rest.next() {
        Some('0') => {}
        Some('1'..='9') => while rest.next_if(char::is_ascii_digit).is_some() {},
        other => return Err(invalid(other, place)),
    }
    if rest.next_if_eq(&'.').is_some() {
        digits(&mut rest, "after decimal point in numeric literal")?;
    }
    if rest.next_if(|c| matches!(c, 'e' | 'E')).is_some() {
        rest.next_if(|c| matches!(c, '+' | '-'));
        digits(&mut rest, "in exponent of numeric literal")?;
    }
    match rest.next() {
        None => Ok(()),
        other => Err(invalid(other, "after top-level value")),
    }
}

fn digits(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, place: &str) -> Result<(), String> {
    match rest.next() {
        Some(c) if c.is_ascii_digit() => {
            while rest.next_if(char::is_ascii_digit).is_some() {}
            Ok(())
        }
        other => Err(invalid(other, place)),
    }
}

fn invalid(character: Option<char>, place: &str) -> String {
    match character {
        None => "unexpected end of JSON input".to_string(),
        Some('\'') => format!("invalid character '\\'' {place}"),
        Some(c) => format!("invalid character '{c}' {place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_literals_are_numbers() {
        for text in ["0", "-0", "10", "-7", " 4 "] {
            assert!(integer::<i64>(text, "int64").is_ok(), "{text}");
        }
        for text in [
            "+1",
            "007",
            ".5",
            "5.",
            "NaN",
            "Inf",
            "1_000",
            "1.0",
            "1e3",
            "",
            "-",
            "0x10",
            "١",
            "null",
            "\"5\"",
            "9223372036854775808",
        ] {
            assert!(integer::<i64>(text, "int64").is_err(), "{text}");
        }
        for (text, value) in [
            ("1e3", 1000.0),
            ("-0.5", -0.5),
            ("10", 10.0),
            ("1.5E-1", 0.15),
        ] {
            assert_eq!(number(text, "float64"), Ok(value));
        }
        for text in ["1e", "1e+", ".5", "5.", "NaN", "1e999", "0x1p3"] {
            assert!(number(text, "float64").is_err(), "{text}");
        }
    }

    #[test]
    fn errors_read_as_in_keda() {
        for (text, error) in [
            ("a", "invalid character 'a' looking for beginning of value"),
            ("1a", "invalid character 'a' after top-level value"),
            ("-a", "invalid character 'a' in numeric literal"),
            ("5.", "unexpected end of JSON input"),
            (
                "1.5",
                "json: cannot unmarshal number 1.5 into Go value of type int64",
            ),
        ] {
            assert_eq!(integer::<i64>(text, "int64").unwrap_err(), error, "{text}");
        }
    }
}
