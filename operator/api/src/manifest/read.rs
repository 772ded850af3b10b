use std::path::Path;
use std::sync::Arc;

use k8s_openapi::ByteString;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use secrecy::SecretSlice;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::finding::{Finding, Problem, Severity};
use super::structure::{Found, Sieve};
use super::tree::{Node, Place, Value};
use super::{Document, Loaded, schema};
use crate::{ConfigMap, Object, ObjectKey, Secret, validation};

/// The deepest objects (affinities of pods in a list) nest half as deeply. Each level costs the
/// reader tens of kilobytes of stack in a debug build, and a thread may have two megabytes.
const MAX_DEPTH: usize = 32;

/// The objects in the bytes of `file`, and what is to be said of them. Never panics.
pub fn read(file: &Path, bytes: &[u8]) -> Loaded {
    let mut reader = Reader {
        file: file.into(),
        loaded: Loaded::default(),
    };
    let place = Place::default();
    let Ok(source) = std::str::from_utf8(bytes) else {
        reader.find(0, None, place, Problem::Encoding);
        return reader.loaded;
    };
    let mut options = serde_saphyr::Options::default();
    options.with_snippet = false;
    if let Some(budget) = &mut options.budget {
        budget.max_depth = MAX_DEPTH;
    }
    match serde_saphyr::from_multiple_with_options::<Node>(source, options) {
        Ok(nodes) => {
            for node in &nodes {
                let document = document_number(source, node.place.line);
                reader.document(source, node, document);
            }
        }
        Err(error) => {
            let place = error.location().map_or(place, |l| Place {
                line: u32::try_from(l.line()).unwrap_or(0),
                column: u32::try_from(l.column()).unwrap_or(0),
            });
            let document = document_number(source, place.line);
            // The position is told apart from the text already.
            let text = error.without_snippet().to_string();
            let text = text.split(" at line ").next().unwrap_or(&text).to_string();
            reader.find(document, None, place, Problem::Syntax(text));
        }
    }
    reader.loaded
}

/// Which document, from 1, holds `line`. Empty documents count.
fn document_number(source: &str, line: u32) -> u32 {
    let mut number = 1;
    let mut content = false;
    for text in source.lines().take(line as usize) {
        if text == "---" || text.starts_with("--- ") {
            number += u32::from(content);
            content = true;
        } else if !text.trim().is_empty() && !text.starts_with(['#', '%']) {
            content = true;
        }
    }
    number
}

struct Reader {
    file: Arc<Path>,
    loaded: Loaded,
}

impl Reader {
    fn document(&mut self, source: &str, node: &Node, document: u32) {
        if !matches!(node.value, Value::Map(_)) {
            let problem = Problem::NotAnObject(node.value.type_name());
            return self.find(document, None, node.place, problem);
        }
        let mut missing = false;
        for field in ["apiVersion", "kind"] {
            if node.text(field).is_none_or(str::is_empty) {
                missing = true;
                self.find(document, None, node.place, Problem::Missing(field.into()));
            }
        }
        let (Some(api_version), Some(kind), false) =
            (node.text("apiVersion"), node.text("kind"), missing)
        else {
            return;
        };
        if (api_version, kind) == ("v1", "List") {
            match node.get("items").map(|items| &items.value) {
                Some(Value::List(items)) => {
                    items
                        .iter()
                        .for_each(|item| self.document(source, item, document));
                }
                None | Some(Value::Null) => {}
                Some(other) => {
                    let found = other.type_name();
                    let problem = Problem::WrongType {
                        expected: "a list",
                        found,
                    };
                    self.find(document, None, node.locate("items"), problem);
                }
            }
            return;
        }
        let Some(schema) = schema::of(api_version, kind) else {
            let problem = Problem::UnknownKind {
                api_version: api_version.to_string(),
                kind: kind.to_string(),
                suggestion: schema::similar(kind),
            };
            return self.push(
                document,
                None,
                Found {
                    severity: Severity::Warning,
                    place: node.place,
                    path: String::new(),
                    problem,
                },
            );
        };
        self.object(source, node, document, schema, kind);
    }

    fn object(&mut self, source: &str, node: &Node, document: u32, schema: &Json, kind: &str) {
        let metadata = node.get("metadata");
        let namespace = metadata.and_then(|m| m.text("namespace"));
        let name = metadata
            .and_then(|m| m.text("name"))
            .filter(|name| !name.is_empty());
        let key = name.map(|name| ObjectKey::new(kind, namespace, name));

        let mut sieve = Sieve::new(source, kind == "Secret");
        let json = sieve.pass(node, schema, "");
        let mut found = sieve.found;
        match metadata {
            None => found.push(error(node, "", Problem::Missing("metadata".into()))),
            Some(_) if name.is_none() && !found.iter().any(|f| f.path == "metadata.name") => {
                found.push(error(node, "metadata", Problem::Missing("name".into())));
            }
            Some(_) => {}
        }
        let broken = |found: &[Found]| found.iter().any(|f| f.severity == Severity::Error);
        let mut object = None;
        if !broken(&found) {
            match build(kind, json) {
                Ok(built) => {
                    found.extend(validation::of(&built).into_iter().map(|violation| Found {
                        severity: violation.severity,
                        place: node.locate(&violation.path),
                        path: violation.path,
                        problem: violation.problem,
                    }));
                    object = Some(built);
                }
                Err(problem) => found.push(error(node, "", problem)),
            }
        }
        if let Some(object) = object.filter(|_| !broken(&found)) {
            self.loaded.documents.push(Document {
                object,
                file: self.file.clone(),
                document,
                line: node.place.line,
            });
        }
        for found in found {
            self.push(document, key.clone(), found);
        }
    }

    fn find(&mut self, document: u32, object: Option<ObjectKey>, place: Place, problem: Problem) {
        let (severity, path) = (Severity::Error, String::new());
        self.push(
            document,
            object,
            Found {
                severity,
                place,
                path,
                problem,
            },
        );
    }

    fn push(&mut self, document: u32, object: Option<ObjectKey>, found: Found) {
        self.loaded.findings.push(Finding {
            severity: found.severity,
            file: self.file.clone(),
            document,
            line: found.place.line,
            column: found.place.column,
            object,
            path: found.path,
            problem: found.problem,
        });
    }
}

fn error(node: &Node, path: &str, problem: Problem) -> Found {
    Found {
        severity: Severity::Error,
        place: node.locate(path),
        path: path.to_string(),
        problem,
    }
}

fn build(kind: &str, json: Json) -> Result<Object, Problem> {
    Ok(match kind {
        "ScaledObject" => Object::ScaledObject(typed(json)?),
        "ScaledJob" => Object::ScaledJob(typed(json)?),
        "TriggerAuthentication" => Object::TriggerAuthentication(typed(json)?),
        "ClusterTriggerAuthentication" => Object::ClusterTriggerAuthentication(typed(json)?),
        "Process" => Object::Process(typed(json)?),
        "Secret" => Object::Secret(secret(json)?),
        _ => {
            let raw: Core<String> = parse(json)?;
            Object::ConfigMap(ConfigMap {
                metadata: raw.metadata,
                data: raw.data,
            })
        }
    })
}

fn typed<T: DeserializeOwned>(json: Json) -> Result<Box<T>, Problem> {
    parse(json).map(Box::new)
}

fn parse<T: DeserializeOwned>(json: Json) -> Result<T, Problem> {
    serde_json::from_value(json).map_err(|e| Problem::Malformed(e.to_string()))
}

/// The part of Secret and ConfigMap that matters.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "V: DeserializeOwned")]
struct Core<V> {
    metadata: ObjectMeta,
    #[serde(default = "Default::default")]
    data: std::collections::BTreeMap<String, V>,
    #[serde(default)]
    string_data: std::collections::BTreeMap<String, String>,
}

fn secret(json: Json) -> Result<Secret, Problem> {
    let raw: Core<Json> = parse(json)?;
    let mut data = std::collections::BTreeMap::new();
    for (key, value) in raw.data {
        // The error of the decoder may repeat part of the value; this text does not.
        let bytes: ByteString = serde_json::from_value(value).map_err(|_| {
            Problem::Malformed(format!(
                "data.{key} is not base64; write plain text under stringData"
            ))
        })?;
        data.insert(key, SecretSlice::from(bytes.0));
    }
    for (key, value) in raw.string_data {
        data.insert(key, SecretSlice::from(value.into_bytes()));
    }
    Ok(Secret {
        metadata: raw.metadata,
        data,
    })
}
