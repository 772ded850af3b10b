//! A document against the schema of its kind.

use serde_json::{Map, Value as Json};

use super::finding::{Problem, Severity};
use super::tree::{Entry, Node, Place, Value};
use crate::nearest;

/// One finding, before it is known whose it is.
pub(super) struct Found {
    pub(super) severity: Severity,
    pub(super) place: Place,
    pub(super) path: String,
    pub(super) problem: Problem,
}

/// Compares nodes with schemas and keeps what it finds.
pub(super) struct Sieve<'a> {
    source: &'a str,
    /// Values are not repeated in texts: they may be secrets.
    secret: bool,
    pub(super) found: Vec<Found>,
}

impl<'a> Sieve<'a> {
    pub(super) fn new(source: &'a str, secret: bool) -> Self {
        Self {
            source,
            secret,
            found: Vec::new(),
        }
    }

    /// The node as JSON, without the fields its schema does not have.
    pub(super) fn pass(&mut self, node: &Node, schema: &Json, path: &str) -> Json {
        if schema["x-kubernetes-int-or-string"] == true {
            if !matches!(node.value, Value::Number(_) | Value::String(_)) {
                self.wrong_type(node, path, "a number or a string");
            }
            return node.into();
        }
        match schema["type"].as_str() {
            Some("object") => self.object(node, schema, path),
            Some("array") => self.list(node, schema, path),
            Some("string") => self.string(node, schema, path),
            Some("integer") => self.number(node, schema, path, true),
            Some("number") => self.number(node, schema, path, false),
            Some("boolean") => {
                if !matches!(node.value, Value::Bool(_)) {
                    self.wrong_type(node, path, "true or false");
                }
                node.into()
            }
            _ => node.into(),
        }
    }

    fn object(&mut self, node: &Node, schema: &Json, path: &str) -> Json {
        let Value::Map(entries) = &node.value else {
            self.wrong_type(node, path, "a mapping");
            return Json::Null;
        };
        let properties = schema["properties"].as_object();
        let others = schema.get("additionalProperties").filter(|s| s.is_object());
        // A schema without either takes anything, as for `kubectl`'s own embedded objects.
        let open = schema["x-kubernetes-preserve-unknown-fields"] == true
            || (properties.is_none() && others.is_none());
        let mut object = Map::new();
        for Entry {
            key,
            place,
            node: child,
        } in entries
        {
            let child_path = join(path, key, properties.is_none());
            let known = properties.and_then(|p| p.get(key)).or(others);
            match known {
                // As in a cluster, nothing is the same as leaving the field out.
                _ if matches!(child.value, Value::Null) && properties.is_some() => {}
                Some(schema) => {
                    let value = self.pass(child, schema, &child_path);
                    object.insert(key.clone(), value);
                }
                None if open => {
                    object.insert(key.clone(), child.into());
                }
                None => self.found.push(Found {
                    severity: Severity::Warning,
                    place: *place,
                    path: path.to_string(),
                    problem: Problem::UnknownField {
                        field: key.clone(),
                        suggestion: properties
                            .and_then(|p| nearest(key, p.keys().map(String::as_str)))
                            .map(str::to_string),
                    },
                }),
            }
        }
        for name in schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
        {
            if !object.contains_key(name) {
                self.error(node.place, path, Problem::Missing(name.to_string()));
            }
        }
        Json::Object(object)
    }

    fn list(&mut self, node: &Node, schema: &Json, path: &str) -> Json {
        let Value::List(items) = &node.value else {
            self.wrong_type(node, path, "a list");
            return Json::Null;
        };
        if let Some(least) = schema["minItems"].as_u64()
            && (items.len() as u64) < least
        {
            self.error(node.place, path, Problem::TooShort(count(least, "element")));
        }
        let schema = &schema["items"];
        items
            .iter()
            .enumerate()
            .map(|(index, item)| self.pass(item, schema, &format!("{path}[{index}]")))
            .collect()
    }

    fn string(&mut self, node: &Node, schema: &Json, path: &str) -> Json {
        let text = match &node.value {
            Value::String(text) => text,
            // YAML 1.1 has these for booleans; the readers of clusters do not.
            Value::Bool(_) if matches!(node.literal(self.source), Some("y" | "Y" | "n" | "N")) => {
                node.literal(self.source).unwrap_or_default()
            }
            Value::Number(_) | Value::Bool(_) | Value::Null => {
                self.not_a_string(node, path);
                return Json::Null;
            }
            Value::List(_) | Value::Map(_) => {
                self.wrong_type(node, path, "a string");
                return Json::Null;
            }
        };
        if let Some(least) = schema["minLength"].as_u64()
            && (text.chars().count() as u64) < least
        {
            self.error(
                node.place,
                path,
                Problem::TooShort(count(least, "character")),
            );
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.iter().any(|word| word.as_str() == Some(text))
        {
            let allowed = allowed
                .iter()
                .filter_map(Json::as_str)
                .map(str::to_string)
                .collect();
            let problem = Problem::NotAllowed {
                found: text.to_string(),
                allowed,
            };
            self.error(node.place, path, problem);
        }
        Json::String(text.to_string())
    }

    fn not_a_string(&mut self, node: &Node, path: &str) {
        let written = node
            .literal(self.source)
            .map_or_else(|| Json::from(node).to_string(), str::to_string);
        let problem = Problem::NotAString {
            quoted: if self.secret {
                "it in quotes".into()
            } else {
                let text = if matches!(node.value, Value::Null) {
                    ""
                } else {
                    &written
                };
                format!("\"{}\"", text.escape_default())
            },
            literal: if self.secret || matches!(node.value, Value::Null) {
                "the value".into()
            } else {
                written
            },
            found: node.value.type_name(),
        };
        self.error(node.place, path, problem);
    }

    fn number(&mut self, node: &Node, schema: &Json, path: &str, whole: bool) -> Json {
        let expected = if whole { "a whole number" } else { "a number" };
        let Value::Number(number) = &node.value else {
            self.wrong_type(node, path, expected);
            return Json::Null;
        };
        let Some(value) = number.as_f64() else {
            return node.into();
        };
        if whole && value.fract() != 0.0 {
            let problem = Problem::WrongType {
                expected,
                found: "a fraction",
            };
            self.error(node.place, path, problem);
            return Json::Null;
        }
        let (mut least, mut most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
        if schema["format"] == "int32" {
            least = Some(least.unwrap_or(f64::MIN).max(f64::from(i32::MIN)));
            most = Some(most.unwrap_or(f64::MAX).min(f64::from(i32::MAX)));
        }
        let bound = match (least, most) {
            (Some(least), _) if value < least => format!("at least {least}"),
            (_, Some(most)) if value > most => format!("at most {most}"),
            // `5.0` is a whole number to YAML's readers in clusters too.
            _ if whole && number.is_f64() => {
                #[allow(clippy::cast_possible_truncation)]
                return Json::from(value as i64);
            }
            _ => return node.into(),
        };
        let problem = Problem::OutOfBounds {
            found: number.to_string(),
            bound,
        };
        self.error(node.place, path, problem);
        Json::Null
    }

    fn wrong_type(&mut self, node: &Node, path: &str, expected: &'static str) {
        let found = node.value.type_name();
        self.error(node.place, path, Problem::WrongType { expected, found });
    }

    fn error(&mut self, place: Place, path: &str, problem: Problem) {
        let path = path.to_string();
        self.found.push(Found {
            severity: Severity::Error,
            place,
            path,
            problem,
        });
    }
}

fn count(n: u64, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// Keys of maps go in brackets, for they may have dots.
fn join(path: &str, key: &str, map: bool) -> String {
    match (path, map && key.contains(['.', '/'])) {
        ("", _) => key.to_string(),
        (_, true) => format!("{path}[{key}]"),
        (_, false) => format!("{path}.{key}"),
    }
}
