use std::collections::BTreeMap;
use std::fmt;

use scaler_sdk::{Failure, Number};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{no_number, nothing_at, quantity};

/// `location` is keys and positions with dots between them. A scalar that is reached early ends
/// the walk, as in KEDA.
pub(super) fn find(text: &str, location: &str) -> Result<Number, Failure> {
    let malformed = || Failure::malformed("the answer is no YAML mapping");
    let mut node: Node = serde_saphyr::from_str(text).map_err(|_| malformed())?;
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

enum Node {
    Mapping(BTreeMap<String, Node>),
    List(Vec<Node>),
    Number(Number),
    Text(String),
    Boolean,
    Null,
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNode)
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Boolean)
    }

    fn visit_i64<E: Error>(self, whole: i64) -> Result<Node, E> {
        Ok(Node::Number(Number::Whole(whole)))
    }

    fn visit_u64<E: Error>(self, whole: u64) -> Result<Node, E> {
        Ok(Node::Number(match i64::try_from(whole) {
            Ok(whole) => Number::Whole(whole),
            Err(_) => Number::Real(whole as f64),
        }))
    }

    fn visit_f64<E: Error>(self, real: f64) -> Result<Node, E> {
        Ok(Node::Number(Number::Real(real)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(Node::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<Node, Node>()? {
            let key = match key {
                Node::Text(text) => text,
                Node::Number(Number::Whole(whole)) => whole.to_string(),
                Node::Number(Number::Real(real)) => real.to_string(),
                // Nothing that a location could name.
                _ => continue,
            };
            members.insert(key, value);
        }
        Ok(Node::Mapping(members))
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
        ] {
            assert!(find(TEXT, location).is_err(), "{location}");
        }
        for text in ["", "0", "- 1", "<html>", "a: [", "count"] {
            assert!(find(text, "count").is_err(), "{text}");
        }
    }
}
