//! `operator/chart/templates/crds/*.yaml`: the definitions of the kinds that live in clusters, from
//! their Rust types.

use anyhow::{Context, Result, ensure};
use operator_api::definition;
use serde_json::{Value, json};

use super::Generated;
use crate::workspace::Workspace;

pub(super) fn generate(_: &Workspace) -> Result<Vec<Generated>> {
    definition::all().iter().map(template).collect()
}

fn template(definition: &Value) -> Result<Generated> {
    let plural = definition["spec"]["names"]["plural"]
        .as_str()
        .context("a definition without a plural name")?;
    let spec = yaml(&json!({ "spec": definition["spec"] }))?;
    ensure!(
        !spec.contains("{{"),
        "the definition of {plural} has a text that Helm would take for its own"
    );
    Ok(Generated {
        path: format!("operator/chart/templates/crds/{plural}.yaml").into(),
        content: format!(
            "{{{{- /* Made by `cargo xtask gen` from operator/api. */ -}}}}\n\
             {{{{- if .Values.crds.install }}}}\n\
             apiVersion: {api_version}\n\
             kind: {kind}\n\
             metadata:\n\
             \x20 name: {name}\n\
             \x20 labels:\n\
             \x20   {{{{- include \"penstock.labels\" . | nindent 4 }}}}\n\
             \x20 annotations:\n\
             \x20   {{{{- include \"penstock.crdAnnotations\" . | nindent 4 }}}}\n\
             {spec}\
             {{{{- end }}}}\n",
            api_version = text(definition, "apiVersion")?,
            kind = text(definition, "kind")?,
            name = text(&definition["metadata"], "name")?,
        ),
    })
}

fn text<'a>(object: &'a Value, field: &str) -> Result<&'a str> {
    object[field]
        .as_str()
        .with_context(|| format!("a definition without {field}"))
}

/// With the fields of each object in alphabetical order, whichever order serde_json keeps.
fn yaml(value: &Value) -> Result<String> {
    let text = serde_saphyr::to_string(&sorted(value))?;
    let read: Value = serde_saphyr::from_str(&text)?;
    ensure!(read == *value, "the YAML of a definition reads differently");
    Ok(text)
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            let sorted = fields
                .into_iter()
                .map(|(name, v)| (name.clone(), sorted(v)));
            Value::Object(sorted.collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_definition_is_a_template_that_helm_keeps() {
        let workspace = Workspace::empty("/nowhere".as_ref());
        let files = generate(&workspace).unwrap();
        let names: Vec<_> = files
            .iter()
            .filter_map(|file| file.path.file_name()?.to_str())
            .collect();
        assert_eq!(
            names,
            [
                "scaledobjects.yaml",
                "scaledjobs.yaml",
                "triggerauthentications.yaml",
                "clustertriggerauthentications.yaml"
            ]
        );
        for file in files {
            assert!(file.content.contains("penstock.crdAnnotations"));
            assert!(file.content.contains("\nspec:\n"), "{}", file.content);
            assert!(file.content.ends_with("{{- end }}\n"));
        }
    }

    #[test]
    fn a_text_with_braces_is_refused() {
        let mut definition = definition::all().remove(0);
        definition["spec"]["group"] = "{{ no }}".into();
        assert!(template(&definition).is_err());
    }
}
