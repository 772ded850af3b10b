//! Names and places of parameters.

use operator_api::nearest;
use runtime_types::{Parameter, Role, Source, TriggerType};

use super::Place;
use super::values::{FROM_ENV, Given, Values};
use crate::Severity;
use crate::finding::{Findings, Said, did_you_mean};

/// Parameters that misspelt names were meant for: that they are missing is no news.
pub(super) type Slips = Vec<String>;

/// Says what the schema alone tells.
pub(super) fn check(
    place: &Place<'_>,
    of: &TriggerType,
    values: &Values<'_>,
    findings: &mut Findings,
) -> Slips {
    let mut slips = Slips::new();
    for key in values.metadata.keys() {
        let path = format!("{}.metadata.{key}", place.path);
        if let Some((said, meant)) = name(of, values, key) {
            slips.extend(meant);
            findings.say(place.item, path, said);
        }
    }
    for parameter in &of.parameters {
        twice(place, parameter, values, findings);
        in_the_open(place, parameter, values, findings);
        announced(place, of, parameter, values, findings);
    }
    slips
}

fn named<'t>(of: &'t TriggerType, name: &str) -> Option<&'t Parameter> {
    of.parameters
        .iter()
        .find(|p| p.names.iter().any(|n| n == name))
}

/// What is wrong with the name of an entry of the metadata, and the parameter that was meant.
fn name(of: &TriggerType, values: &Values<'_>, key: &str) -> Option<(Said, Option<String>)> {
    let (written, source) = match (named(of, key), key.strip_suffix(FROM_ENV)) {
        (Some(parameter), _) => (Some(parameter), Source::TriggerMetadata),
        (None, Some(base)) => (named(of, base), Source::ResolvedEnv),
        (None, None) => (None, Source::TriggerMetadata),
    };
    let Some(parameter) = written else {
        return Some(unknown(of, values, key));
    };
    if !parameter.sources.contains(&source) {
        let message = format!(
            "`{}` of {} is not read from {}, only from {}",
            parameter.name(),
            of.name,
            phrase(source),
            sources(parameter)
        );
        let said = Said::error("WrongPlace", message, move_to(parameter));
        return Some((said, Some(parameter.name().to_string())));
    }
    if source == Source::ResolvedEnv {
        return variable(values, key).map(|said| (said, Some(parameter.name().to_string())));
    }
    let text = values.metadata.get(key).and_then(Given::value)?;
    let reference = text
        .strip_prefix("$(")
        .and_then(|rest| rest.strip_suffix(')'))?;
    let fix = match parameter.sources.contains(&Source::ResolvedEnv) {
        true => format!("write `{key}{FROM_ENV}: {reference}`"),
        false => "write the value itself".into(),
    };
    let message = format!("`$({reference})` is taken as it stands: metadata has no variables");
    Some((Said::warning("NotExpanded", message, fix), None))
}

fn unknown(of: &TriggerType, values: &Values<'_>, key: &str) -> (Said, Option<String>) {
    let metadata = of
        .parameters
        .iter()
        .filter(|p| p.sources.contains(&Source::TriggerMetadata));
    let names = metadata.flat_map(|p| p.names.iter().cloned());
    let env = of
        .parameters
        .iter()
        .filter(|p| p.sources.contains(&Source::ResolvedEnv));
    let variables = env.flat_map(|p| p.names.iter().map(|name| format!("{name}{FROM_ENV}")));
    let names: Vec<String> = names.chain(variables).collect();
    // A parameter that is there already was not meant.
    let free = names
        .iter()
        .map(String::as_str)
        .filter(|name| !values.metadata.contains_key(name));
    let meant = nearest(key, free);
    let message = format!(
        "{} has no parameter `{key}`, it is ignored{}",
        of.name,
        did_you_mean(meant)
    );
    let fix = match meant {
        Some(meant) => format!("rename `{key}` to `{meant}`"),
        None => format!(
            "remove it; `penstock trigger describe {}` lists the parameters",
            of.name
        ),
    };
    let parameter = meant
        .and_then(|meant| named(of, meant).or_else(|| named(of, meant.strip_suffix(FROM_ENV)?)));
    let required = parameter.is_some_and(|p| !p.optional && p.default.is_none());
    let said = Said {
        severity: if required {
            Severity::Error
        } else {
            Severity::Warning
        },
        ..Said::warning("UnknownParameter", message, fix)
    };
    (said, parameter.map(|p| p.name().to_string()))
}

/// The variable that an entry names.
fn variable(values: &Values<'_>, key: &str) -> Option<Said> {
    let name = values.metadata.get(key).and_then(Given::value)?;
    if name.contains([':', '/', ' ', '$', '=']) {
        let message = format!("`{key}` takes the name of a variable of the target, not a value");
        let base = key.strip_suffix(FROM_ENV).unwrap_or(key);
        let fix = format!("write the variable's name, or `{base}` with the value");
        return Some(Said::error("NotAVariable", message, fix));
    }
    match values.env.all.get(name) {
        Some(Given::Unreadable) => Some(Said::error(
            "VariableNotFound",
            format!("the variable {name} comes from a field of the pod, which scalers cannot read"),
            "use a variable with a value, or one of a Secret or a ConfigMap",
        )),
        Some(_) => None,
        None if values.env.open => None,
        None => {
            let meant = nearest(name, values.env.all.keys().map(String::as_str));
            let known: Vec<_> = values.env.all.keys().map(String::as_str).collect();
            let fix = match (meant, known.is_empty()) {
                (Some(meant), _) => format!("write {meant}"),
                (None, true) => format!("add {name} to the container's env"),
                (None, false) => format!(
                    "write one of {}, or add {name} to the container's env",
                    known.join(", ")
                ),
            };
            let message = format!("the target has no variable {name}{}", did_you_mean(meant));
            Some(Said::error("VariableNotFound", message, fix))
        }
    }
}

/// Given in two places: only the first that is looked into counts.
fn twice(place: &Place<'_>, parameter: &Parameter, values: &Values<'_>, findings: &mut Findings) {
    let given = values.given(parameter);
    let [(first_source, first, _), others @ ..] = given.as_slice() else {
        return;
    };
    for (source, name, _) in others {
        let path = path(place, *source, name);
        let message = format!(
            "`{}` is given twice; {} counts, and {} does not",
            parameter.name(),
            shown(*first_source, first),
            shown(*source, name)
        );
        let said = Said::warning("DuplicateParameter", message, "keep one of the two");
        findings.say(place.item, path, said);
    }
}

/// A secret that everybody can read who can read the manifest.
fn in_the_open(
    place: &Place<'_>,
    parameter: &Parameter,
    values: &Values<'_>,
    findings: &mut Findings,
) {
    if !parameter.has_role(Role::Secret) {
        return;
    }
    for (source, name, _) in values.given(parameter) {
        if source == Source::TriggerMetadata {
            let message = format!("the secret `{name}` stands in the manifest, for all to read");
            let mut fix = "put it into a Secret and name a TriggerAuthentication".to_string();
            if parameter.sources.contains(&Source::ResolvedEnv) {
                fix += &format!(
                    ", or write `{name}{FROM_ENV}` with the name of the target's variable"
                );
            }
            let said = Said::warning("SecretInMetadata", message, fix);
            findings.say(place.item, path(place, source, &name), said);
        }
    }
}

fn announced(
    place: &Place<'_>,
    of: &TriggerType,
    parameter: &Parameter,
    values: &Values<'_>,
    findings: &mut Findings,
) {
    let Some(text) = &parameter.announce else {
        return;
    };
    if let Some((source, name, _)) = values.given(parameter).into_iter().next() {
        let message = format!("scaler {} info: {text}", of.name);
        let said = Said::warning("DeprecatedParameter", message, "do as the message says");
        findings.say(place.item, path(place, source, &name), said);
    }
}

/// The field that gives a parameter.
pub(super) fn path(place: &Place<'_>, source: Source, name: &str) -> String {
    match source {
        Source::TriggerMetadata | Source::ResolvedEnv => format!("{}.metadata.{name}", place.path),
        Source::AuthParams => format!("{}.authenticationRef", place.path),
    }
}

fn shown(source: Source, name: &str) -> String {
    match source {
        Source::TriggerMetadata | Source::ResolvedEnv => format!("metadata.{name}"),
        Source::AuthParams => format!("`{name}` of the authentication"),
    }
}

fn phrase(source: Source) -> &'static str {
    match source {
        Source::TriggerMetadata => "the trigger's metadata",
        Source::AuthParams => "an authentication",
        Source::ResolvedEnv => "the target's environment",
    }
}

/// `the trigger's metadata and an authentication`
pub(super) fn sources(parameter: &Parameter) -> String {
    let all: Vec<_> = parameter.sources.iter().map(|s| phrase(*s)).collect();
    all.join(" and ")
}

/// Where to write it instead.
pub(super) fn move_to(parameter: &Parameter) -> String {
    let name = parameter.name();
    if parameter.sources.contains(&Source::TriggerMetadata) {
        return format!("write `{name}` in the trigger's metadata");
    }
    if parameter.sources.contains(&Source::AuthParams) {
        return format!(
            "give `{name}` by a TriggerAuthentication (secretTargetRef or configMapTargetRef), and name it in authenticationRef"
        );
    }
    format!("write `{name}{FROM_ENV}` in the metadata, with the name of a variable")
}
