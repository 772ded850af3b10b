mod load;

use scaler_sdk::{Failure, Number};

use crate::{no_number, nothing_at, quantity};
use load::Node;

/// The number at `location`, which is keys and positions with dots between them. A scalar that is reached early ends
/// the walk, as in KEDA.
///
/// # Errors
/// When there is none. That is never 0.
pub fn find(text: &str, location: &str) -> Result<Number, Failure> {
    let malformed = || Failure::malformed("the answer is no YAML mapping, or too large a one");
    let mut node = load::first_document(text).ok_or_else(malformed)?;
    if !matches!(node, Node::Mapping(_)) {
        return Err(malformed());
    }
    for key in location.split('.') {
        let next = match &mut node {
            Node::Mapping(members) => members.remove(key),
            Node::List(elements) => {
                let position = key.parse().ok().filter(|i| *i < elements.len());
                position.map(|i: usize| elements.swap_remove(i))
            }
            _ => break,
        };
        node = next.ok_or_else(|| nothing_at(location))?;
    }
    match node {
        Node::Number(number) => Ok(number),
        Node::Text(text) => quantity(&text, location),
        Node::Mapping(_) => Err(no_number(location, "a mapping")),
        Node::List(_) => Err(no_number(location, "a list")),
        Node::Boolean => Err(no_number(location, "a boolean")),
        Node::Null => Err(no_number(location, "null")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
components:
  - {id: 82328e93e, tasks: 32, str: '64', k: 1k, wrong: NaN}
  - {tasks: 5, ratio: 0.5}
count: 2.43
yes: true
7: 70
base: &base {a: 1, b: 2}
own: {<<: *base, b: 3}
copy: *base
hex: 0x1f
exponent: -1.5e3
quoted: \"null\"
nothing: ~
---
count: 0
";

    #[test]
    fn paths_lead_to_numbers_and_quantities() {
        for (location, number) in [
            ("count", Number::Real(2.43)),
            ("count.early", Number::Real(2.43)),
            ("components.0.tasks", Number::Whole(32)),
            ("components.0.str", Number::Whole(64)),
            ("components.0.k", Number::Whole(1000)),
            ("components.1.ratio", Number::Real(0.5)),
            ("7", Number::Whole(70)),
            ("own.a", Number::Whole(1)),
            ("own.b", Number::Whole(3)),
            ("copy.b", Number::Whole(2)),
            ("hex", Number::Whole(31)),
            ("exponent", Number::Real(-1500.0)),
        ] {
            assert_eq!(find(TEXT, location), Ok(number), "{location}");
        }
        let json = r#"{"components":[{"tasks": 3}]}"#;
        assert_eq!(find(json, "components.0.tasks"), Ok(Number::Whole(3)));
    }

    #[test]
    fn what_is_no_number_is_no_zero() {
        for location in [
            "missing",
            "yes",
            "components",
            "components.0",
            "components.2.tasks",
            "components.x",
            "components.0.wrong",
            "",
            "quoted",
            "nothing",
        ] {
            assert!(find(TEXT, location).is_err(), "{location}");
        }
        for text in ["", "0", "- 1", "<html>", "a: [", "count"] {
            assert!(find(text, "count").is_err(), "{text}");
        }
    }

    #[test]
    fn documents_that_grow_beyond_measure_are_refused() {
        let deep = format!("a: {}", "[".repeat(10_000));
        assert!(find(&deep, "a").is_err());
        let mut bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1]\n".to_string();
        for i in 1..12 {
            let before = format!("*a{}", i - 1);
            let eight = [before.as_str(); 8].join(", ");
            bomb.push_str(&format!("a{i}: &a{i} [{eight}]\n"));
        }
        bomb.push_str("count: 1\n");
        assert!(find(&bomb, "count").is_err());
    }
}
