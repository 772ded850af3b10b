//! `operator/docs/scalers/<type>.md`: a page a trigger type, from what the component says of itself.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result};
use runtime_types::{
    Description, Format, KubeAccess, Lifecycle, Parameter, ParameterKind, Role, Source, TriggerType,
};

use super::Generated;
use crate::build;
use crate::workspace::Workspace;

/// The custom section that a component describes itself in.
const SECTION: &[u8] = b"penstock:description";

pub(super) fn generate(workspace: &Workspace) -> Result<Vec<Generated>> {
    let built = build::build(workspace, None)?;
    let mut pages = Vec::new();
    for entry in fs::read_dir(&built.scalers)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "wasm") {
            continue;
        }
        let description = description(&fs::read(&path)?)
            .with_context(|| format!("{} does not describe itself", path.display()))?;
        pages.extend(description.types.iter().map(|of| Generated {
            path: format!("operator/docs/scalers/{}.md", of.name).into(),
            content: page(&description, of),
        }));
    }
    pages.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(pages)
}

/// The JSON that stands behind the section's name.
fn description(component: &[u8]) -> Option<Description> {
    let names = component.windows(SECTION.len()).enumerate();
    names
        .filter(|(_, bytes)| *bytes == SECTION)
        .find_map(|(at, _)| {
            let json = &component[at + SECTION.len()..];
            let mut values = serde_json::Deserializer::from_slice(json).into_iter();
            values.next()?.ok()
        })
}

fn page(component: &Description, of: &TriggerType) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut page, component, of);
    page
}

fn write(to: &mut String, component: &Description, of: &TriggerType) -> std::fmt::Result {
    let name = &of.name;
    writeln!(
        to,
        "<!-- Made by `cargo xtask gen` from the component `{}`. -->\n",
        component.name
    )?;
    writeln!(to, "# `{name}`\n\n{}.\n", component.summary)?;
    writeln!(to, "```yaml\ntriggers:\n  - type: {name}\n    metadata:")?;
    for parameter in of.parameters.iter().filter(|p| is_required(p)) {
        let (name, kind) = (parameter.name(), kind(parameter));
        match parameter.sources.contains(&Source::TriggerMetadata) {
            true => writeln!(to, "      {name}: \"...\"    # {kind}")?,
            false => writeln!(to, "      # {name}, {kind}: by an authenticationRef")?,
        }
    }
    writeln!(to, "```\n\n## Parameters\n")?;
    writeln!(
        to,
        "| parameter | from | kind | default | what |\n| --- | --- | --- | --- | --- |"
    )?;
    for parameter in &of.parameters {
        let names: Vec<String> = parameter.names.iter().map(|n| format!("`{n}`")).collect();
        let sources: Vec<&str> = parameter.sources.iter().map(source).collect();
        let default = match &parameter.default {
            Some(default) => format!("`{default}`"),
            None if is_required(parameter) => "**required**".to_string(),
            None => String::new(),
        };
        let mut what = parameter
            .doc
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if !parameter.allowed.is_empty() {
            let _ = write!(what, " One of `{}`.", parameter.allowed.join("`, `"));
        }
        if let Some(deprecated) = &parameter.deprecated {
            let _ = write!(what, " Deprecated: {deprecated}.");
        }
        if parameter.has_role(Role::Secret) {
            what.push_str(" *Secret.*");
        }
        writeln!(
            to,
            "| {} | {} | {} | {default} | {} |",
            names.join(", "),
            sources.join(", "),
            kind(parameter),
            what.replace('|', "\\|")
        )?;
    }
    writeln!(
        to,
        "\n*From*, in the order of the search: `metadata` of the trigger; `auth`, its \
         authenticationRef; `env`, the variable of the\nworkload that `<parameter>FromEnv` in the \
         metadata names.\n"
    )?;
    reach(to, component, of)
}

fn reach(to: &mut String, component: &Description, of: &TriggerType) -> std::fmt::Result {
    writeln!(to, "## What it may reach\n")?;
    let with = |role: Role| -> Vec<String> {
        let parameters = of.parameters.iter().filter(|p| p.has_role(role));
        parameters
            .map(|p| format!("`{}`{}", p.name(), format(p)))
            .collect()
    };
    let (endpoints, directories) = (with(Role::Endpoint), with(Role::Directory));
    let templates = of.endpoints.iter().map(|template| format!("`{template}`"));
    let hosts: Vec<String> = endpoints.into_iter().chain(templates).collect();
    if hosts.is_empty() {
        writeln!(to, "- No host.")?;
    } else {
        writeln!(
            to,
            "- The hosts that these name, and no other: {}.",
            hosts.join(", ")
        )?;
    }
    if !component.hosts.is_empty() {
        writeln!(
            to,
            "- Where `--allow-host` grants it: `{}`.",
            component.hosts.join("`, `")
        )?;
    }
    if !directories.is_empty() {
        writeln!(
            to,
            "- The directory that {} names, to list it; `--allow-directory` restricts which.",
            directories.join(", ")
        )?;
    }
    if component.kube.contains(&KubeAccess::Pods) {
        writeln!(
            to,
            "- How many pods of the object's namespace have certain labels; `--allow-kube` restricts it."
        )?;
    }
    let maps = with(Role::ConfigMap);
    if !maps.is_empty() {
        writeln!(
            to,
            "- Values of the ConfigMap of the object's namespace that {} names; `--allow-kube` \
             restricts it.",
            maps.join(", ")
        )?;
    }
    let instances = match component.lifecycle {
        Lifecycle::Fresh => "a new one for each poll",
        Lifecycle::Warm => "kept with its connections between polls",
    };
    writeln!(to, "- Instances: {instances}.")
}

fn is_required(parameter: &Parameter) -> bool {
    !parameter.optional && parameter.default.is_none() && parameter.deprecated.is_none()
}

fn source(source: &Source) -> &'static str {
    match source {
        Source::TriggerMetadata => "metadata",
        Source::AuthParams => "auth",
        Source::ResolvedEnv => "env",
    }
}

fn kind(parameter: &Parameter) -> &'static str {
    match parameter.kind {
        ParameterKind::String => "text",
        ParameterKind::Boolean => "boolean",
        ParameterKind::Integer => "whole number",
        ParameterKind::Number => "number",
        ParameterKind::Duration => "duration (`1m30s`, or milliseconds)",
        ParameterKind::StringList => "list, by commas",
        ParameterKind::IntegerList => "list of whole numbers, by commas",
        ParameterKind::Map => "`key=value` pairs, by commas",
        ParameterKind::UrlValues => "URL query",
    }
}

fn format(parameter: &Parameter) -> &'static str {
    match parameter.format {
        Some(Format::Url) => " (URL)",
        Some(Format::HostPort) => " (`host:port`)",
        Some(Format::Host) => " (host, at any port)",
        Some(Format::Azure) => " (Azure connection string)",
        Some(Format::Libpq) => " (PostgreSQL connection string)",
        Some(Format::GoMysqlDsn) => " (MySQL data source name)",
        Some(Format::Mongodb) => " (MongoDB connection string)",
        Some(Format::Amqp) => " (AMQP URL)",
        Some(Format::Ado) => " (ADO.NET connection string)",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"schema":1,"name":"x","summary":"Counts","lifecycle":"warm","types":[{"type":"x",
        "parameters":[
        {"names":["address","addresses"],"doc":"Where it is | was","kind":"stringList",
         "sources":["triggerMetadata","resolvedEnv"],"roles":["endpoint"],"format":"host-port"},
        {"names":["password"],"kind":"string","sources":["authParams"],"optional":true,"roles":["secret"]},
        {"names":["length"],"kind":"integer","sources":["triggerMetadata"],"default":"5"}]}]}"#;

    #[test]
    fn a_description_is_found_behind_its_name_and_nowhere_else() {
        let mut component = b"penstock:description is text here ".to_vec();
        component.extend(SECTION);
        component.extend(JSON.as_bytes());
        component.extend(b"\0more of the component");
        assert_eq!(description(&component).unwrap().name, "x");
        assert!(description(b"penstock:description").is_none());
    }

    #[test]
    fn a_page_names_parameters_defaults_and_reach() {
        let component = Description::parse(JSON.as_bytes()).unwrap();
        let page = page(&component, &component.types[0]);
        for expected in [
            "# `x`\n\nCounts.",
            "      address: \"...\"    # list, by commas\n```",
            "| `address`, `addresses` | metadata, env | list, by commas | **required** | Where it is \\| was |",
            "| `password` | auth | text |  |  *Secret.* |",
            "| `length` | metadata | whole number | `5` |  |",
            "and no other: `address` (`host:port`).",
            "kept with its connections",
        ] {
            assert!(page.contains(expected), "{expected}\n{page}");
        }
    }
}
