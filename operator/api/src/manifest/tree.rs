//! YAML with the place of every node.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use serde_saphyr::Spanned;

/// A place in the text, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// One node.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
    /// Where a scalar stands in the text, in bytes.
    span: Option<(usize, usize)>,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    String(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) node: Node,
}

impl Value {
    /// With its article, for sentences.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

impl Node {
    /// The node under `key`.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|e| e.key == key).map(|e| &e.node),
            _ => None,
        }
    }

    /// The text of a string node under `key`.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The scalar as it stands in the file.
    pub(super) fn literal<'a>(&self, source: &'a str) -> Option<&'a str> {
        let (start, length) = self.span?;
        let text = source.get(start..start.checked_add(length)?)?.trim();
        (!text.is_empty() && !text.contains('\n')).then_some(text)
    }

    /// As if `lines` more lines stood before it.
    pub(super) fn shift(&mut self, lines: u32) {
        self.place.line += lines;
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|item| item.shift(lines)),
            Value::Map(entries) => entries.iter_mut().for_each(|entry| {
                entry.place.line += lines;
                entry.node.shift(lines);
            }),
            _ => {}
        }
    }

    /// The same shape without any value.
    pub(super) fn bare(&self) -> Self {
        let value = match &self.value {
            Value::List(items) => Value::List(items.iter().map(Self::bare).collect()),
            Value::Map(entries) => Value::Map(
                entries
                    .iter()
                    .map(|entry| Entry {
                        key: entry.key.clone(),
                        place: entry.place,
                        node: entry.node.bare(),
                    })
                    .collect(),
            ),
            _ => Value::Null,
        };
        Self {
            place: self.place,
            value,
            span: None,
        }
    }

    /// The place of a field such as `spec.triggers[1].name` or `metadata.annotations[a.b/c]`, or of
    /// the nearest node that holds it.
    pub(super) fn locate(&self, path: &str) -> Place {
        let mut node = self;
        let mut place = self.place;
        for step in steps(path) {
            let found = match (&node.value, step) {
                (Value::List(items), step) => step
                    .parse::<usize>()
                    .ok()
                    .and_then(|i| items.get(i))
                    .map(|n| (n.place, n)),
                (Value::Map(entries), step) => entries
                    .iter()
                    .find(|e| e.key == step)
                    .map(|e| (e.place, &e.node)),
                _ => None,
            };
            let Some((at, next)) = found else { break };
            (place, node) = (at, next);
        }
        place
    }
}

/// The names of a path: dots separate them, and what stands in brackets is one name.
fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split(['[', ']'])
        .enumerate()
        .flat_map(|(index, part)| {
            let separator = if index % 2 == 0 { '.' } else { '\0' };
            part.split(separator).filter(|step| !step.is_empty())
        })
}

impl From<&Node> for Json {
    fn from(node: &Node) -> Json {
        match &node.value {
            Value::Null => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Number(n) => Json::Number(n.clone()),
            Value::String(s) => Json::String(s.clone()),
            Value::List(items) => items.iter().map(Json::from).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|e| (e.key.clone(), Json::from(&e.node)))
                .collect(),
        }
    }
}

fn place(location: serde_saphyr::Location) -> Place {
    let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    Place {
        line: narrow(location.line()),
        column: narrow(location.column()),
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        let span = spanned.referenced.span();
        let bytes = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok());
        Ok(Node {
            place: place(spanned.referenced),
            span: bytes(span.byte_offset()).zip(bytes(span.byte_len())),
            value: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// JSON, and so every cluster, has neither infinities nor NaN.
fn number(value: f64) -> Value {
    serde_json::Number::from_f64(value)
        .map_or_else(|| Value::String(value.to_string()), Value::Number)
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        // Beyond every field there is; the nearest float is refused by its bounds.
        #[allow(clippy::cast_precision_loss)]
        let float = value as f64;
        Ok(number(float))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        #[allow(clippy::cast_precision_loss)]
        let float = value as f64;
        Ok(number(float))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_string()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Value, E> {
        Ok(Value::String(String::from_utf8_lossy(value).into_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            let node = access.next_value()?;
            let at = place(key.referenced);
            entries.push(Entry {
                key: key.value,
                place: at,
                node,
            });
        }
        Ok(Value::Map(entries))
    }
}
