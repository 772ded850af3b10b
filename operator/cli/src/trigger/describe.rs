use std::fmt::Write;

use runtime_host::Catalog;
use runtime_types::{Parameter, ParameterKind, Source, TriggerType};
use serde::Serialize;

use crate::text::{Column, table};

/// One trigger type: the JSON of `-o json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Described {
    #[serde(rename = "type")]
    trigger_type: String,
    component: String,
    parameters: Vec<DescribedParameter>,
    #[serde(skip)]
    summary: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct DescribedParameter {
    /// The first of its names.
    name: String,
    #[serde(flatten)]
    parameter: Parameter,
}

/// The types in use, by name.
pub(super) fn types(catalog: &Catalog) -> Vec<Described> {
    let mut types = Vec::new();
    for entry in catalog.entries() {
        for described in &entry.description.types {
            let provider = catalog.provider(&described.name);
            // Another component provides it.
            if provider.is_some_and(|provider| provider.path != entry.path) {
                continue;
            }
            let (component, summary) = (&entry.description.name, &entry.description.summary);
            types.push(Described::new(described, component, summary));
        }
    }
    types.sort_by(|a, b| a.trigger_type.cmp(&b.trigger_type));
    types
}

impl Described {
    fn new(described: &TriggerType, component: &str, summary: &str) -> Self {
        let parameter = |p: &Parameter| DescribedParameter {
            name: p.name().to_string(),
            parameter: p.clone(),
        };
        Self {
            trigger_type: described.name.clone(),
            component: component.to_string(),
            parameters: described.parameters.iter().map(parameter).collect(),
            summary: summary.to_string(),
        }
    }

    pub(super) fn is(&self, trigger_type: &str) -> bool {
        self.trigger_type == trigger_type
    }
}

/// A table of types.
pub(super) fn list(types: &[Described]) -> String {
    const COLUMNS: [Column; 4] = [
        Column::new("TYPE", 40),
        Column::new("COMPONENT", 40),
        Column::new("NEEDS", 60),
        Column::new("WHAT IT DOES", 100),
    ];
    let rows: Vec<_> = types
        .iter()
        .map(|t| {
            let needed = t.parameters.iter().filter(|p| is_needed(&p.parameter));
            let needed: Vec<_> = needed.map(|p| p.name.as_str()).collect();
            [
                t.trigger_type.clone(),
                t.component.clone(),
                needed.join(", "),
                t.summary.clone(),
            ]
        })
        .collect();
    let mut text = String::new();
    for line in table(&COLUMNS, &rows, usize::MAX) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// All that is known of one type.
pub(super) fn full(described: &Described) -> String {
    let mut text = format!(
        "{} (component {}): {}\n",
        described.trigger_type, described.component, described.summary
    );
    for DescribedParameter { name, parameter } in &described.parameters {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "\n  {name}  ({})", facts(parameter));
        for line in parameter.doc.lines().map(str::trim) {
            let _ = writeln!(text, "      {line}");
        }
        for (what, remark) in [
            ("must not be used", &parameter.deprecated),
            ("deprecated", &parameter.announce),
        ] {
            if let Some(remark) = remark {
                let _ = writeln!(text, "      {what}: {remark}");
            }
        }
    }
    text
}

fn is_needed(parameter: &Parameter) -> bool {
    !parameter.optional && parameter.default.is_none() && parameter.deprecated.is_none()
}

fn facts(parameter: &Parameter) -> String {
    let mut facts = vec![kind(parameter.kind).to_string()];
    match &parameter.default {
        Some(default) => facts.push(format!("default {default}")),
        None if is_needed(parameter) => facts.push("required".into()),
        None => facts.push("optional".into()),
    }
    if let [_, aliases @ ..] = parameter.names.as_slice()
        && !aliases.is_empty()
    {
        facts.push(format!("also {}", aliases.join(", ")));
    }
    if !parameter.allowed.is_empty() {
        facts.push(format!("one of {}", parameter.allowed.join(", ")));
    }
    let sources: Vec<_> = parameter.sources.iter().map(|s| source(*s)).collect();
    facts.push(format!("from {}", sources.join(", ")));
    facts.join("; ")
}

fn kind(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::String => "text",
        ParameterKind::Boolean => "true or false",
        ParameterKind::Integer => "whole number",
        ParameterKind::Number => "number",
        ParameterKind::Duration => "duration",
        ParameterKind::StringList => "list of texts",
        ParameterKind::IntegerList => "list of whole numbers",
        ParameterKind::Map => "key=value pairs",
        ParameterKind::UrlValues => "query string",
    }
}

fn source(source: Source) -> &'static str {
    match source {
        Source::TriggerMetadata => "metadata",
        Source::AuthParams => "authentication",
        Source::ResolvedEnv => "environment",
    }
}

#[cfg(test)]
mod tests {
    use runtime_types::Description;
    use serde_json::json;

    use super::*;

    fn described() -> Described {
        let description = Description::parse(
            br#"{"schema":1,"name":"x","summary":"Counts x.","types":[{"type":"x-list","parameters":[
            {"names":["address","addresses"],"kind":"stringList","doc":"Where.",
             "sources":["triggerMetadata","resolvedEnv"]},
            {"names":["mode"],"kind":"string","sources":["triggerMetadata"],"default":"a",
             "allowed":["a","b"]}]}]}"#,
        )
        .unwrap();
        Described::new(
            &description.types[0],
            &description.name,
            &description.summary,
        )
    }

    #[test]
    fn json_has_the_type_its_component_and_its_parameters() {
        let json = serde_json::to_value(described()).unwrap();
        assert_eq!(json["type"], json!("x-list"));
        assert_eq!(json["component"], json!("x"));
        assert_eq!(json["parameters"][0]["name"], json!("address"));
        assert_eq!(json["parameters"][1]["allowed"], json!(["a", "b"]));
        assert_eq!(json.as_object().unwrap().len(), 3);
    }

    #[test]
    fn text_says_what_is_needed_and_where_it_may_come_from() {
        let text = full(&described());
        for part in [
            "x-list (component x): Counts x.",
            "address  (list of texts; required; also addresses; from metadata, environment)",
            "Where.",
            "mode  (text; default a; one of a, b; from metadata)",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(list(&[described()]).contains("x-list  x          address"));
    }
}
