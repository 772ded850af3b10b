//! Whether an answer is what KEDA expects.

use serde_json::{Value, json};

/// What a case came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As KEDA.
    Agrees,
    /// Not as KEDA: how.
    Differs(String),
    /// Not a question to a black box: why.
    Skipped(String),
}

fn verdict(differences: Vec<String>) -> Verdict {
    match differences.is_empty() {
        true => Verdict::Agrees,
        false => Verdict::Differs(differences.join("; ")),
    }
}

/// A configuration is accepted or refused, and with the words that are fixed.
pub fn parse(case: &Value, answer: &Value) -> Verdict {
    let mut differences = Vec::new();
    let (refused, text) = (answer["ok"] != json!(true), errors(answer));
    if case["expect_error"].as_bool() != Some(refused) {
        let found = if refused { text.as_str() } else { "accepted" };
        return verdict(vec![format!("must be {}, is: {found}", outcome(case))]);
    }
    for part in texts(&case["expect_error_contains"]) {
        if !text.contains(part) {
            differences.push(format!("the error must contain {part:?}, is {text:?}"));
        }
    }
    if let Some(exact) = case["expect_error_message"].as_str()
        // KEDA puts words before it, such as `error parsing redis metadata: `.
        && !(exact == text || (!text.is_empty() && exact.ends_with(&text)))
    {
        differences.push(format!("the error must be {exact:?}, is {text:?}"));
    }
    verdict(differences)
}

fn outcome(case: &Value) -> &'static str {
    match case["expect_error"].as_bool() {
        Some(true) => "refused",
        Some(false) => "accepted",
        None => "accepted or refused, but the case does not say which",
    }
}

/// A metric is called so.
pub fn name(case: &Value, answer: &Value) -> Verdict {
    if answer["ok"] != json!(true) {
        return verdict(vec![format!("refused: {}", errors(answer))]);
    }
    let names: Vec<&str> = answer["metrics"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|m| m["name"].as_str())
        .collect();
    let asked = match &case["spec_index"] {
        Value::String(_) => &names[..],
        index => {
            let index = index.as_u64().and_then(|n| usize::try_from(n).ok());
            names
                .get(index.unwrap_or(0))
                .map_or(&[][..], std::slice::from_ref)
        }
    };
    let right = |name: &&str| {
        let exact = case["expected"].as_str().is_none_or(|e| e == *name);
        let one_of = case["expected_one_of"].as_array();
        let one_of = one_of.is_none_or(|all| all.iter().any(|e| e.as_str() == Some(name)));
        let part = case["expected_contains"].as_str();
        exact && one_of && part.is_none_or(|p| name.contains(p))
    };
    match !asked.is_empty() && asked.iter().all(right) {
        true => Verdict::Agrees,
        false => {
            let expected = ["expected", "expected_one_of", "expected_contains"];
            let expected = expected
                .map(|key| &case[key])
                .into_iter()
                .find(|e| !e.is_null());
            verdict(vec![format!("must be {:?}, is {names:?}", expected)])
        }
    }
}

/// A source says so much, and whether that is active.
pub fn value(case: &Value, answer: &Value) -> Verdict {
    let expected = &case["expect"];
    let reason = unknown(answer);
    match (expected["error"].as_bool(), &reason) {
        // A wrong answer of a source is an error to KEDA, and never a number here.
        (Some(true), Some(text)) => {
            let missing = texts(&expected["error_contains"]).find(|part| !text.contains(part));
            let missing = missing.map(|part| format!("must contain {part:?}, is {text:?}"));
            return verdict(missing.into_iter().collect());
        }
        (Some(true), None) => return verdict(vec![format!("must fail, is {answer}")]),
        (_, Some(text)) => return verdict(vec![format!("must be known, is {text}")]),
        (_, None) => {}
    }
    let mut differences = Vec::new();
    if let Some(active) = expected["active"].as_bool()
        && answer["active"] != json!(active)
    {
        differences.push(format!("active must be {active}, is {}", answer["active"]));
    }
    let metrics = answer["metrics"].as_array().map_or(&[][..], Vec::as_slice);
    if let Some(count) = expected["metric_count"].as_u64()
        && count != metrics.len() as u64
    {
        differences.push(format!("must have {count} metrics, has {}", metrics.len()));
    }
    let found: Option<f64> = metrics
        .first()
        .and_then(|m| m["value"].as_str()?.parse().ok());
    for (key, scale) in [
        ("metric_value", 1.0),
        ("metric_value_milli", 1e-3),
        ("result", 1.0),
    ] {
        let Some(number) = expected[key].as_f64() else {
            continue;
        };
        // KEDA's metrics have three decimals.
        if found.is_none_or(|found| (found - number * scale).abs() > 5e-4) {
            differences.push(format!("{key} must be {number}, the value is {found:?}"));
        }
    }
    verdict(differences)
}

/// Why the source's value is not known; `None` when it is.
fn unknown(answer: &Value) -> Option<String> {
    if answer["ok"] != json!(true) {
        return Some(errors(answer));
    }
    let metrics = answer["metrics"].as_array().into_iter().flatten();
    metrics
        .chain([answer])
        .find_map(|m| m["unknown"].as_str())
        .map(ToString::to_string)
}

fn errors(answer: &Value) -> String {
    let errors = answer["errors"].as_array().into_iter().flatten();
    let texts: Vec<_> = errors.filter_map(|e| e["message"].as_str()).collect();
    texts.join("\n")
}

/// One text, or a list of them.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    list.iter().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(message: &str) -> Value {
        json!({"ok": false, "errors": [{"param": "", "message": message}], "metrics": []})
    }

    fn differs(verdict: &Verdict) -> bool {
        matches!(verdict, Verdict::Differs(_))
    }

    #[test]
    fn acceptance_and_fixed_words_count() {
        let accepted = json!({"ok": true, "errors": [], "metrics": []});
        let wants = |error: bool| json!({"expect_error": error});
        assert_eq!(parse(&wants(false), &accepted), Verdict::Agrees);
        assert_eq!(parse(&wants(true), &refused("x")), Verdict::Agrees);
        assert!(differs(&parse(&wants(true), &accepted)));
        assert!(differs(&parse(&wants(false), &refused("x"))));
        // A case that says nothing must not count as one that agrees.
        assert!(differs(&parse(&json!({}), &accepted)));
        let words = json!({"expect_error": true, "expect_error_contains": ["no q"]});
        assert_eq!(
            parse(&words, &refused("there is no q given")),
            Verdict::Agrees
        );
        assert!(differs(&parse(&words, &refused("other"))));
        let exact = json!({"expect_error": true, "expect_error_message": "error: no q"});
        assert_eq!(parse(&exact, &refused("no q")), Verdict::Agrees);
        assert!(differs(&parse(&exact, &refused("error: no q given"))));
        assert!(differs(&parse(&exact, &refused(""))));
    }

    #[test]
    fn a_name_is_that_of_the_metric_asked_for() {
        let answer = json!({"ok": true, "metrics": [{"name": "s0-a"}, {"name": "s0-b"}]});
        assert_eq!(name(&json!({"expected": "s0-a"}), &answer), Verdict::Agrees);
        let second = json!({"expected": "s0-b", "spec_index": 1});
        assert_eq!(name(&second, &answer), Verdict::Agrees);
        assert!(differs(&name(&json!({"expected": "s0-b"}), &answer)));
        let every = json!({"expected_one_of": ["s0-a", "s0-b"], "spec_index": "*"});
        assert_eq!(name(&every, &answer), Verdict::Agrees);
        assert!(differs(&name(
            &json!({"expected": "x", "spec_index": 7}),
            &answer
        )));
        assert!(differs(&name(&json!({"expected": "s0-a"}), &refused("x"))));
    }

    #[test]
    fn a_value_is_compared_in_thousandths() {
        let answer = |value: &str, active: bool| json!({"ok": true, "active": active, "metrics": [{"name": "m", "value": value}]});
        let case = json!({"expect": {"error": false, "active": true, "metric_value_milli": 2500}});
        assert_eq!(value(&case, &answer("2.5", true)), Verdict::Agrees);
        assert!(differs(&value(&case, &answer("2.5", false))));
        assert!(differs(&value(&case, &answer("2.6", true))));
        let failed = json!({"ok": true, "unknown": "Unavailable: 500",
            "metrics": [{"name": "m", "unknown": "Unavailable: 500"}]});
        assert!(differs(&value(&case, &failed)));
        let error = json!({"expect": {"error": true, "error_contains": ["500"]}});
        assert_eq!(value(&error, &failed), Verdict::Agrees);
        assert!(differs(&value(&error, &answer("0", false))));
    }
}
