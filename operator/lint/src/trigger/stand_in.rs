//! Triggers with values in place of those that are not known.

use runtime_types::{Format, Parameter, ParameterKind, Role, Source, Trigger, TriggerType};
use secrecy::SecretString;

use super::Place;
use super::values::{FROM_ENV, Given, Values};

/// The trigger as a scaler would get it: once with all that is not known left out and, where there is
/// any, once with stand-ins. What a scaler objects to in both is wrong whatever the values are.
pub(super) fn triggers(place: &Place<'_>, of: &TriggerType, values: &Values<'_>) -> Vec<Trigger> {
    let without = trigger(place, of, values, false);
    let with = trigger(place, of, values, true);
    match without == with {
        true => vec![without],
        false => vec![without, with],
    }
}

fn trigger(place: &Place<'_>, of: &TriggerType, values: &Values<'_>, filled: bool) -> Trigger {
    let (namespace, object) = place
        .item
        .key
        .as_ref()
        .map(|key| (key.namespace.clone(), key.name.clone()))
        .unwrap_or_default();
    let mut trigger = Trigger {
        trigger_type: place.trigger.trigger_type.clone(),
        name: place.trigger.name.clone(),
        index: values.index,
        namespace,
        object,
        as_metric_source: values.as_metric_source,
        identity: values.identity.clone(),
        ..Trigger::default()
    };
    let parameter = |name: &str| {
        of.parameters
            .iter()
            .find(|p| p.names.iter().any(|n| n == name))
    };
    for (key, given) in &values.metadata {
        let text = match given {
            Given::Known(_) => place.trigger.metadata.get(*key).cloned(),
            _ if filled => parameter(key).map(stand_in),
            _ => None,
        };
        trigger
            .metadata
            .extend(text.map(|text| ((*key).to_string(), text)));
        // `<parameter>FromEnv`
        let variable = given.value().unwrap_or_default();
        let Some(parameter) = key.strip_suffix(FROM_ENV).and_then(parameter) else {
            continue;
        };
        let found = match values.env.all.get(variable) {
            Some(Given::Known(text)) => Some(text.clone()),
            Some(Given::Unreadable) => None,
            Some(Given::Unknown) => filled.then(|| stand_in(parameter).into()),
            None => (values.env.open && filled).then(|| stand_in(parameter).into()),
        };
        trigger
            .resolved_env
            .extend(found.map(|text| (variable.to_string(), text)));
    }
    for (name, from) in &values.auth {
        let text = match &from.given {
            Given::Known(text) => Some(text.clone()),
            _ if filled => parameter(name).map(|p| SecretString::from(stand_in(p))),
            _ => None,
        };
        trigger
            .auth_params
            .extend(text.map(|text| (name.clone(), text)));
    }
    if values.auth_open && filled {
        let of_auth = of
            .parameters
            .iter()
            .filter(|p| p.sources.contains(&Source::AuthParams) && values.given(p).is_empty());
        let stand_ins = of_auth.map(|p| (p.name().to_string(), SecretString::from(stand_in(p))));
        trigger.auth_params.extend(stand_ins);
    }
    trigger
}

/// Some text that the parameter may well have.
fn stand_in(parameter: &Parameter) -> String {
    if let Some(text) = parameter
        .default
        .as_ref()
        .or_else(|| parameter.allowed.first())
    {
        return text.clone();
    }
    if parameter.has_role(Role::Directory) {
        return "/stand-in".into();
    }
    // The name is reserved for what does not exist.
    let text = match (parameter.has_role(Role::Endpoint), parameter.format) {
        (true, Some(Format::HostPort) | None) => "stand-in.invalid:1",
        (true, Some(Format::Host)) => "stand-in.invalid",
        (true, Some(Format::Url)) => "https://stand-in.invalid",
        (true, Some(Format::Amqp)) => "amqp://stand-in.invalid",
        (true, Some(Format::Mongodb)) => "mongodb://stand-in.invalid",
        (true, Some(_)) => "stand-in",
        (false, _) => match parameter.kind {
            ParameterKind::String | ParameterKind::StringList => "stand-in",
            ParameterKind::Boolean => "true",
            ParameterKind::Integer | ParameterKind::Number | ParameterKind::IntegerList => "1",
            ParameterKind::Duration => "1s",
            ParameterKind::Map | ParameterKind::UrlValues => "a=b",
        },
    };
    text.into()
}
