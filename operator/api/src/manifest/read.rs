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
use super::survey::{Foreign, Places, Survey, Surveyed, go_together};
use super::tree::{Node, Place, Value};
use super::{Document, Loaded, schema};
use crate::{ConfigMap, Object, ObjectKey, Secret, validation};

/// The deepest objects (affinities of pods in a list) nest half as deeply. Each level costs the
/// reader tens of kilobytes of stack in a debug build, and a thread may have two megabytes.
const MAX_DEPTH: usize = 32;

/// The objects in the bytes of `file`, and what is to be said of them. Never panics.
pub fn read(file: &Path, bytes: &[u8]) -> Loaded {
    let mut reader = Reader::new(file);
    let Ok(source) = std::str::from_utf8(bytes) else {
        reader.find(0, None, Place::default(), Problem::Encoding);
        return reader.loaded;
    };
    match parse(source) {
        Ok(nodes) => reader.documents(source, &nodes, 0),
        Err(error) => reader.syntax(source, &error, 0),
    }
    reader.loaded
}

/// As [`read`], for those who have more to say: with the places of all fields, with objects of which
/// some fields are wrong, with other kinds, and with the documents before and behind one that is no YAML.
pub fn survey(file: &Path, bytes: &[u8]) -> Survey {
    let mut reader = Reader::new(file);
    reader.survey = Some(Vec::new());
    match std::str::from_utf8(bytes) {
        Err(_) => reader.find(0, None, Place::default(), Problem::Encoding),
        Ok(source) => match parse(source) {
            Ok(nodes) => reader.documents(source, &nodes, 0),
            Err(_) => reader.one_by_one(source),
        },
    }
    Survey {
        items: reader.survey.unwrap_or_default(),
        findings: reader.loaded.findings,
    }
}

fn parse(source: &str) -> Result<Vec<Node>, serde_saphyr::Error> {
    let mut options = serde_saphyr::Options::default();
    options.with_snippet = false;
    if let Some(budget) = &mut options.budget {
        budget.max_depth = MAX_DEPTH;
    }
    serde_saphyr::from_multiple_with_options::<Node>(source, options)
}

/// The texts between the lines `---`, with the number of lines before each.
fn chunks(source: &str) -> Vec<(u32, &str)> {
    let mut chunks = Vec::new();
    let (mut start, mut first_line) = (0, 0);
    let mut at = 0;
    for (line, text) in (0_u32..).zip(source.split_inclusive('\n')) {
        let bare = text.trim_end();
        if (bare == "---" || bare.starts_with("--- ")) && at > start {
            chunks.push((first_line, &source[start..at]));
            (start, first_line) = (at, line);
        }
        at += text.len();
    }
    chunks.push((first_line, &source[start..]));
    chunks
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
    /// Set where more is wanted than `loaded`.
    survey: Option<Vec<Surveyed>>,
}

impl Reader {
    fn new(file: &Path) -> Self {
        Self {
            file: file.into(),
            loaded: Loaded::default(),
            survey: None,
        }
    }

    /// Each document of a file by itself, since one of them is no YAML.
    fn one_by_one(&mut self, source: &str) {
        let mut before = 0;
        for (lines, text) in chunks(source) {
            match parse(text) {
                Ok(mut nodes) => {
                    nodes.iter_mut().for_each(|node| node.shift(lines));
                    self.documents(text, &nodes, before);
                    before += u32::try_from(nodes.len()).unwrap_or(0);
                }
                Err(error) => {
                    self.syntax(text, &error, before);
                    if let Some(found) = self.loaded.findings.last_mut() {
                        found.line += lines;
                    }
                    before += 1;
                }
            }
        }
    }

    /// `before` documents came before `source`.
    fn documents(&mut self, source: &str, nodes: &[Node], before: u32) {
        for node in nodes {
            let document = match before {
                0 => document_number(source, node.place.line),
                // A part of a file holds one document.
                before => before + 1,
            };
            self.document(source, node, document);
        }
    }

    fn syntax(&mut self, source: &str, error: &serde_saphyr::Error, before: u32) {
        let place = error.location().map_or_else(Place::default, |l| Place {
            line: u32::try_from(l.line()).unwrap_or(0),
            column: u32::try_from(l.column()).unwrap_or(0),
        });
        let document = before + document_number(source, place.line);
        let problem = match error.without_snippet() {
            serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => {
                Problem::DuplicateKey(key.clone())
            }
            error => {
                // The position is told apart from the text already.
                let text = error.to_string();
                Problem::Syntax(text.split(" at line ").next().unwrap_or(&text).to_string())
            }
        };
        self.find(document, None, place, problem);
    }

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
        let listed = kind.strip_suffix("List");
        if (api_version, kind) == ("v1", "List")
            || listed.is_some_and(|kind| schema::of(api_version, kind).is_some())
        {
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
            self.foreign(node, document, api_version, kind);
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
        let checked = |found: &mut Vec<Found>, object: &Object, sound: &dyn Fn(&str) -> bool| {
            let violations = validation::of(object).into_iter();
            found.extend(
                violations
                    .filter(|v| sound(&v.path))
                    .map(|violation| Found {
                        severity: violation.severity,
                        place: node.locate(&violation.path),
                        path: violation.path,
                        problem: violation.problem,
                    }),
            );
        };
        let mut unread = wrong(&found);
        let mut object = None;
        if !broken(&found) {
            match build(kind, json) {
                Ok(built) => {
                    checked(&mut found, &built, &|_| true);
                    object = Some(built);
                }
                Err(problem) => {
                    unread.push("spec".into());
                    found.push(error(node, "", problem));
                }
            }
        } else if self.survey.is_some() {
            // What is right is worth looking at, too.
            object = build(kind, filled(kind, without_nothings(json))).ok();
            if let Some(object) = &object {
                checked(&mut found, object, &|path| {
                    !unread.iter().any(|wrong| go_together(wrong, path))
                });
            }
        }
        let (file, line) = (self.file.clone(), node.place.line);
        if let Some(items) = &mut self.survey {
            items.push(Surveyed {
                object,
                foreign: None,
                wrong: unread,
                key: key.clone(),
                file,
                document,
                line,
                places: Places::of(node),
            });
        } else if let Some(object) = object.filter(|_| !broken(&found)) {
            self.loaded.documents.push(Document {
                object,
                file,
                document,
                line,
            });
        }
        for found in found {
            self.push(document, key.clone(), found);
        }
    }

    /// Keeps a kind that is not read, for those who look at what is around.
    fn foreign(&mut self, node: &Node, document: u32, api_version: &str, kind: &str) {
        let Some(items) = &mut self.survey else {
            return;
        };
        let metadata = node.get("metadata");
        let text = |field| metadata.and_then(|m| m.text(field));
        let foreign = Foreign {
            api_version: api_version.to_string(),
            metadata: metadata.map_or(Json::Null, Json::from),
            spec: node.get("spec").map_or(Json::Null, Json::from),
        };
        items.push(Surveyed {
            object: None,
            foreign: Some(foreign),
            wrong: Vec::new(),
            key: text("name").map(|name| ObjectKey::new(kind, text("namespace"), name)),
            file: self.file.clone(),
            document,
            line: node.place.line,
            places: Places::of(node),
        });
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

/// The fields of errors.
fn wrong(found: &[Found]) -> Vec<String> {
    let errors = found.iter().filter(|f| f.severity == Severity::Error);
    errors
        .map(|found| match &found.problem {
            Problem::Missing(field) if found.path.is_empty() => field.clone(),
            Problem::Missing(field) => format!("{}.{field}", found.path),
            _ => found.path.clone(),
        })
        .collect()
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
            let raw: Core<String> = from_json(json)?;
            Object::ConfigMap(ConfigMap {
                metadata: raw.metadata,
                data: raw.data,
            })
        }
    })
}

/// Fields that hold nothing, because of what was found in them, as if they were left out.
fn without_nothings(json: Json) -> Json {
    match json {
        Json::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nothings(value)))
            .collect(),
        Json::Array(items) => items.into_iter().map(without_nothings).collect(),
        other => other,
    }
}

/// With what an object cannot be built without. Nobody looks at it: it is among the wrong fields.
fn filled(kind: &str, mut json: Json) -> Json {
    let spec = &mut json["spec"];
    if !spec.is_object() {
        return json;
    }
    let (field, least) = match kind {
        "ScaledObject" => ("scaleTargetRef", serde_json::json!({"name": ""})),
        "ScaledJob" => ("jobTargetRef", serde_json::json!({"template": {}})),
        _ => return json,
    };
    let target = &mut spec[field];
    if target.get("name").or(target.get("template")).is_none() {
        *target = least;
    }
    for trigger in spec["triggers"].as_array_mut().into_iter().flatten() {
        if let Some(trigger) = trigger.as_object_mut() {
            trigger.entry("type").or_insert("".into());
            trigger
                .entry("metadata")
                .or_insert(Json::Object(Default::default()));
        }
    }
    json
}

fn typed<T: DeserializeOwned>(json: Json) -> Result<Box<T>, Problem> {
    from_json(json).map(Box::new)
}

fn from_json<T: DeserializeOwned>(json: Json) -> Result<T, Problem> {
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
    let raw: Core<Json> = from_json(json)?;
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
