//! Our definitions against KEDA's, field by field.
//!
//! `keda/definitions.txt` holds what KEDA's definitions say, a line a field, without their texts and
//! without what Kubernetes' own schema of a pod says. `keda/differences.yaml` holds where ours differ
//! on purpose. With `PENSTOCK_KEDA_CRDS=<charts>/keda/templates/crds` the definitions themselves are
//! read, pods included; with `PENSTOCK_WRITE=1` as well, the first file is written anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

use operator_api::definition;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

/// `<plural> <path>` to what is said of it.
type Facts = BTreeMap<String, BTreeMap<String, String>>;

/// A difference on purpose.
#[derive(Deserialize)]
struct Difference {
    /// Of which plurals; all when empty.
    #[serde(default)]
    of: Vec<String>,
    /// A path; a `*` at its end stands for anything below.
    path: String,
    /// What is said differently, or `only ours` or `only KEDA's`.
    what: String,
    /// Why.
    reason: String,
}

const POD: &str = ".spec.jobTargetRef.template.spec";
/// An annotation of `kubectl apply` holds the whole object as JSON.
const LONGEST_ANNOTATION: usize = 262_144;

#[test]
fn definitions_are_kedas_but_for_the_listed_differences() {
    let (kedas, whole) = kedas();
    let mut ours = Facts::new();
    for definition in definition::all() {
        facts(&definition, &mut ours);
    }
    if !whole {
        leave_out_pods(&mut ours);
    }
    let differences = differences();
    let mut used = BTreeSet::new();
    let mut unlisted = String::new();
    for key in kedas.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
        let (plural, path) = key.split_once(' ').unwrap();
        for (what, kedas, ours) in compare(kedas.get(key), ours.get(key)) {
            let listed = differences
                .iter()
                .position(|d| d.covers(plural, path, &what));
            match listed {
                Some(index) => drop(used.insert(index)),
                None => writeln!(unlisted, "{key} {what}: KEDA {kedas}, ours {ours}").unwrap(),
            }
        }
    }
    assert!(unlisted.is_empty(), "not in differences.yaml:\n{unlisted}");
    for (index, difference) in differences.iter().enumerate() {
        assert!(
            !difference.reason.is_empty(),
            "{}: no reason",
            difference.path
        );
        // Without the definitions themselves nothing inside a pod is compared.
        let compared = whole || !difference.path.starts_with(POD);
        assert!(
            used.contains(&index) || !compared,
            "{}: there is no difference",
            difference.path
        );
    }
}

#[test]
fn kubectl_apply_takes_each_definition() {
    for definition in definition::all() {
        let length = definition.to_string().len();
        assert!(
            length < LONGEST_ANNOTATION / 2,
            "{} has {length} bytes",
            definition["metadata"]["name"]
        );
    }
}

/// What the API server asks of a structural schema.
#[test]
fn schemas_are_structural() {
    fn check(schema: &Json, path: &str) {
        let any = schema["x-kubernetes-int-or-string"] == true
            || schema["x-kubernetes-preserve-unknown-fields"] == true;
        assert!(schema["type"].is_string() || any, "{path} has no type");
        for word in [
            "$ref",
            "allOf",
            "anyOf",
            "definitions",
            "not",
            "nullable",
            "oneOf",
        ] {
            assert!(schema.get(word).is_none(), "{path} has {word}");
        }
        let (properties, values) = (schema.get("properties"), schema.get("additionalProperties"));
        assert!(
            properties.is_none() || values.is_none(),
            "{path} is an object and a map"
        );
        let keys = schema["x-kubernetes-list-map-keys"].as_array();
        for key in keys.into_iter().flatten() {
            let (items, key) = (&schema["items"], key.as_str().unwrap());
            let required = items["required"]
                .as_array()
                .is_some_and(|r| r.iter().any(|n| n == key));
            let default = items["properties"][key].get("default").is_some();
            assert!(required || default, "{path}: key {key} may be missing");
        }
        for (name, schema) in properties.and_then(Json::as_object).into_iter().flatten() {
            check(schema, &format!("{path}.{name}"));
        }
        for schema in schema.get("items").into_iter().chain(values) {
            check(schema, &format!("{path}[]"));
        }
    }
    for definition in definition::all() {
        let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        check(schema, definition["metadata"]["name"].as_str().unwrap());
    }
}

impl Difference {
    fn covers(&self, plural: &str, path: &str, what: &str) -> bool {
        (self.of.is_empty() || self.of.iter().any(|of| of == plural))
            && match self.path.strip_suffix('*') {
                Some(start) => path.starts_with(start),
                None => path == self.path,
            }
            && self.what == what
    }
}

/// What differs in one field: what, KEDA's, ours.
fn compare(
    kedas: Option<&BTreeMap<String, String>>,
    ours: Option<&BTreeMap<String, String>>,
) -> Vec<(String, String, String)> {
    let (kedas, ours) = match (kedas, ours) {
        (Some(kedas), Some(ours)) => (kedas, ours),
        (kedas, ours) => {
            let what = if ours.is_some() {
                "only ours"
            } else {
                "only KEDA's"
            };
            let text = |facts: Option<&_>| format!("{facts:?}");
            return vec![(what.into(), text(kedas), text(ours))];
        }
    };
    let names: BTreeSet<_> = kedas.keys().chain(ours.keys()).collect();
    let text = |facts: &BTreeMap<String, String>, name: &String| {
        facts.get(name).cloned().unwrap_or_else(|| "none".into())
    };
    names
        .into_iter()
        .filter(|name| kedas.get(*name) != ours.get(*name))
        .map(|name| (name.clone(), text(kedas, name), text(ours, name)))
        .collect()
}

fn folder() -> PathBuf {
    // At run time: what was compiled in may be another clone's, where several share a target folder.
    let running = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let this = running.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    this.join("tests/keda")
}

fn differences() -> Vec<Difference> {
    let text = fs::read_to_string(folder().join("differences.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// KEDA's facts, and whether they have what is inside a pod.
fn kedas() -> (Facts, bool) {
    let file = folder().join("definitions.txt");
    let Some(charts) = env::var_os("PENSTOCK_KEDA_CRDS") else {
        return (parse(&fs::read_to_string(file).unwrap()), false);
    };
    let mut whole = Facts::new();
    for entry in fs::read_dir(charts).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let yaml: String = text
            .lines()
            .filter(|line| !line.contains("{{"))
            .flat_map(|line| [line, "\n"])
            .collect();
        let definition: Json = serde_saphyr::from_str(&yaml).unwrap();
        if definition["spec"]["group"] == "keda.sh" {
            facts(&definition, &mut whole);
        }
    }
    let mut short = whole.clone();
    leave_out_pods(&mut short);
    if env::var_os("PENSTOCK_WRITE").is_some() {
        fs::write(&file, print(&short)).unwrap();
    }
    assert!(
        parse(&fs::read_to_string(file).unwrap()) == short,
        "definitions.txt is stale"
    );
    (whole, true)
}

fn leave_out_pods(facts: &mut Facts) {
    let pod = format!("scaledjobs {POD}");
    facts.retain(|key, _| !key.starts_with(&pod));
}

fn print(facts: &Facts) -> String {
    let mut text = String::from("# Made by tests/keda.rs from the chart of KEDA 2.20.2.\n");
    for (key, facts) in facts {
        writeln!(text, "{key}").unwrap();
        for (what, value) in facts {
            writeln!(text, "  {what} {value}").unwrap();
        }
    }
    text
}

fn parse(text: &str) -> Facts {
    let mut facts = Facts::new();
    let mut key = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix("  ") {
            None => {
                key = line;
                facts.entry(key.into()).or_default();
            }
            Some(fact) => {
                let (what, value) = fact.split_once(' ').unwrap();
                facts
                    .get_mut(key)
                    .unwrap()
                    .insert(what.into(), value.into());
            }
        }
    }
    facts
}

fn facts(definition: &Json, to: &mut Facts) {
    let spec = &definition["spec"];
    let plural = spec["names"]["plural"].as_str().unwrap();
    let version = &spec["versions"][0];
    assert_eq!(spec["versions"].as_array().unwrap().len(), 1, "{plural}");
    let mut of = |path: &str, facts: BTreeMap<String, String>| {
        to.insert(format!("{plural} {path}"), facts);
    };
    let mut names = plain(spec["names"].as_object().unwrap(), &[]);
    names.insert("scope".into(), spec["scope"].to_string());
    of("(names)", names);
    of(
        "(version)",
        plain(
            version.as_object().unwrap(),
            &["schema", "additionalPrinterColumns"],
        ),
    );
    for (index, column) in version["additionalPrinterColumns"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        let facts = plain(column.as_object().unwrap(), &["description"]);
        of(&format!("(column {index:02})"), facts);
    }
    schema(&version["schema"]["openAPIV3Schema"], "", &mut of);
}

fn schema(of: &Json, path: &str, to: &mut dyn FnMut(&str, BTreeMap<String, String>)) {
    let fields = of.as_object().unwrap();
    let mut facts = plain(
        fields,
        &["description", "properties", "items", "additionalProperties"],
    );
    // Both say what is so without them.
    if facts
        .get("x-kubernetes-list-type")
        .is_some_and(|kind| kind == "\"atomic\"")
    {
        facts.remove("x-kubernetes-list-type");
    }
    if fields.contains_key("x-kubernetes-int-or-string") {
        facts.remove("anyOf");
    }
    to(if path.is_empty() { "." } else { path }, facts);
    for (name, property) in fields
        .get("properties")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
    {
        schema(property, &format!("{path}.{name}"), to);
    }
    for (name, mark) in [("items", "[]"), ("additionalProperties", "{}")] {
        if let Some(below) = fields.get(name) {
            schema(below, &format!("{path}{mark}"), to);
        }
    }
}

/// What is said, as JSON; without regard to the order of required fields.
fn plain(fields: &Map<String, Json>, without: &[&str]) -> BTreeMap<String, String> {
    let of = |value: &Json| match value {
        Json::Array(values) if values.iter().all(Json::is_string) => {
            let sorted: BTreeSet<_> = values.iter().filter_map(Json::as_str).collect();
            json!(sorted).to_string()
        }
        other => other.to_string(),
    };
    let fields = fields
        .iter()
        .filter(|(name, _)| !without.contains(&name.as_str()));
    fields
        .map(|(name, value)| (name.clone(), of(value)))
        .collect()
}
