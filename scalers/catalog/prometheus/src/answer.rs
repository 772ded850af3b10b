use scaler_sdk::{Failure, Number};
use serde::Deserialize;
use serde_json::Value;

/// As much of a server's own text as goes into a message.
const LONGEST_DETAIL: usize = 200;

#[derive(Deserialize)]
struct Answer {
    status: Option<String>,
    error: Option<String>,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    result: Option<Vec<Option<Element>>>,
}

#[derive(Deserialize)]
struct Element {
    /// Time and value.
    value: Option<Vec<Value>>,
}

/// What the server says went wrong.
pub(crate) fn error(body: &[u8]) -> Option<String> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let error = answer.error?;
    Some(error.chars().take(LONGEST_DETAIL).collect())
}

/// The query's value.
///
/// No result, a result without a value, NaN and the infinities are 0 if `nothing_is_zero`, since
/// the user said so, and not known otherwise.
pub(crate) fn value(body: &[u8], nothing_is_zero: bool) -> Result<Number, Failure> {
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|_| Failure::malformed("the answer is none of the query API's"))?;
    if answer.status.as_deref() == Some("error") {
        let text = error(body).unwrap_or_else(|| "the query failed".to_string());
        return Err(Failure::rejected(text));
    }
    let nothing = |what: &str| {
        if nothing_is_zero {
            Ok(Number::Whole(0))
        } else {
            let text = format!("the query came to {what}, and ignoreNullValues is false");
            Err(Failure::not_found(text))
        }
    };
    let result = answer.data.and_then(|data| data.result).unwrap_or_default();
    let element = match result.len() {
        0 => return nothing("no result"),
        1 => result.into_iter().next().flatten(),
        several => {
            let text = format!("the query came to {several} results instead of one");
            return Err(Failure::rejected(text));
        }
    };
    let pair = element
        .and_then(|element| element.value)
        .unwrap_or_default();
    let text = match &pair[..] {
        [] => return nothing("a result without a value"),
        [_] => {
            return Err(Failure::malformed(
                "the query's result has a time but no value",
            ));
        }
        [_, Value::Null, ..] => return nothing("null"),
        [_, Value::String(text), ..] => text,
        [_, _, ..] => return Err(Failure::malformed("the query's value is not a text")),
    };
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(Number::Whole(whole));
    }
    match text.parse::<f64>() {
        Ok(real) if real.is_finite() => Ok(Number::Real(real)),
        // Beyond all numbers, not infinite.
        Ok(_) if text.contains(|c: char| c.is_ascii_digit()) => {
            Err(Failure::malformed("the query's value is too large"))
        }
        Ok(real) => nothing(&real.to_string()),
        Err(_) => Err(Failure::malformed("the query's value is not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scaler_sdk::UnknownReason;

    fn ask(body: &str, nothing_is_zero: bool) -> Result<Number, UnknownReason> {
        match value(body.as_bytes(), nothing_is_zero) {
            Ok(number) => Ok(number),
            Err(Failure::Unknown(unknown)) => Err(unknown.reason),
            Err(config) => panic!("{config}"),
        }
    }

    fn vector(elements: &str) -> String {
        format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{elements}]}}}}"#)
    }

    #[test]
    fn one_result_is_the_value() {
        for (text, number) in [
            ("2", Number::Whole(2)),
            ("0", Number::Whole(0)),
            ("-3", Number::Whole(-3)),
            ("2.5", Number::Real(2.5)),
            ("1e3", Number::Real(1000.0)),
        ] {
            let body = vector(&format!(r#"{{"metric":{{}},"value":[1.5,"{text}"]}}"#));
            assert_eq!(ask(&body, false), Ok(number), "{text}");
        }
    }

    #[test]
    fn nothing_is_zero_only_where_the_user_said_so() {
        let mut bodies = vec!["{}".to_string(), r#"{"data":null}"#.into(), vector("")];
        bodies.push(vector(r#"{"metric":{}}"#));
        for pair in [
            r"[]",
            r#"["1",null]"#,
            r#"[1,"NaN"]"#,
            r#"[1,"+Inf"]"#,
            r#"[1,"-Inf"]"#,
        ] {
            bodies.push(vector(&format!(r#"{{"value":{pair}}}"#)));
        }
        for body in bodies {
            assert_eq!(ask(&body, true), Ok(Number::Whole(0)), "{body}");
            assert_eq!(ask(&body, false), Err(UnknownReason::NotFound), "{body}");
        }
    }

    #[test]
    fn several_results_and_broken_ones_are_never_zero() {
        let rejected = [vector("{},{}"), r#"{"status":"error","error":"no"}"#.into()];
        for body in rejected {
            assert_eq!(ask(&body, true), Err(UnknownReason::Rejected), "{body}");
        }
        let mut malformed = vec!["".to_string(), "[]".into(), "<html>".into(), "0".into()];
        // A scalar's result is no list of elements.
        malformed.push(vector(r#"1,"2""#));
        for pair in [
            r#"["1"]"#,
            r#"[1,2]"#,
            r#"[1,"x"]"#,
            r#"[1,"1e999"]"#,
            r#"[1,""]"#,
            "7",
        ] {
            malformed.push(vector(&format!(r#"{{"value":{pair}}}"#)));
        }
        for body in malformed {
            assert_eq!(ask(&body, true), Err(UnknownReason::Malformed), "{body}");
        }
    }
}
