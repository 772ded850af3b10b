//! Keeps secrets out of what a component says. A component must know its password to use it, so
//! it can also put it into an error or a log line, and servers echo what they were sent.

use runtime_types::{Description, Outcome, Parameter, ParameterError, Role, Trigger, Unknown};
use secrecy::{ExposeSecret, SecretString};

use crate::grants::{secrets, value_of};

/// Shorter values are no secrets, and replacing them would garble every text.
const SHORTEST: usize = 3;
const SHOWN_INSTEAD: &str = "[redacted]";

/// The secret values of one trigger.
#[derive(Debug, Default)]
pub(crate) struct Redactor(Vec<SecretString>);

impl Redactor {
    /// Values of parameters with a secret role wherever they come from, passwords and keys inside
    /// connection strings, and all of `auth_params` that the description does not declare harmless.
    pub(crate) fn new(component: &Description, trigger: &Trigger) -> Self {
        let parameters = component
            .trigger_type(&trigger.trigger_type)
            .map_or(&[][..], |t| t.parameters.as_slice());
        let declared = |name: &str| -> Option<&Parameter> {
            parameters
                .iter()
                .find(|p| p.names.iter().any(|n| n == name))
        };
        let is_secret = |p: &Parameter| {
            [Role::Secret, Role::TlsKey, Role::TlsKeyPassword]
                .into_iter()
                .any(|role| p.has_role(role))
        };
        let from_auth = trigger
            .auth_params
            .iter()
            .filter(|(name, _)| declared(name).is_none_or(is_secret))
            .map(|(_, value)| value.clone());
        let from_metadata = trigger
            .metadata
            .iter()
            .filter(|(name, _)| declared(name).is_some_and(is_secret))
            .map(|(_, value)| SecretString::from(value.as_str()));
        let from_env = trigger
            .metadata
            .iter()
            .filter(|(name, _)| {
                name.strip_suffix("FromEnv")
                    .and_then(declared)
                    .is_some_and(is_secret)
            })
            .filter_map(|(_, variable)| trigger.resolved_env.get(variable.trim()).cloned());
        let in_endpoints = parameters
            .iter()
            .filter_map(|p| Some((p.format?, value_of(p, trigger)?)))
            .flat_map(|(format, value)| secrets(format, value))
            .map(SecretString::from);
        let mut secrets: Vec<SecretString> = from_auth
            .chain(from_metadata)
            .chain(from_env)
            .chain(in_endpoints)
            .map(|s| SecretString::from(s.expose_secret().trim()))
            .filter(|s| s.expose_secret().len() >= SHORTEST)
            .collect();
        // Longest first: a secret that contains another is replaced whole.
        secrets.sort_by_key(|s| std::cmp::Reverse(s.expose_secret().len()));
        Self(secrets)
    }

    pub(crate) fn text(&self, text: String) -> String {
        self.0.iter().fold(text, |text, secret| {
            if text.contains(secret.expose_secret()) {
                text.replace(secret.expose_secret(), SHOWN_INSTEAD)
            } else {
                text
            }
        })
    }

    pub(crate) fn unknown(&self, unknown: Unknown) -> Unknown {
        Unknown::new(unknown.reason, self.text(unknown.message))
    }

    pub(crate) fn errors(&self, errors: Vec<ParameterError>) -> Vec<ParameterError> {
        errors
            .into_iter()
            .map(|error| ParameterError {
                message: self.text(error.message),
                ..error
            })
            .collect()
    }

    pub(crate) fn outcome(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Unknown(unknown) => Outcome::Unknown(self.unknown(unknown)),
            Outcome::Config(errors) => Outcome::Config(self.errors(errors)),
            Outcome::Reading(mut reading) => {
                for sample in &mut reading.samples {
                    if let Err(unknown) = &mut sample.value {
                        unknown.message = self.text(std::mem::take(&mut unknown.message));
                    }
                }
                Outcome::Reading(reading)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        let component = Description::parse(
            br#"{"schema":1,"name":"x","types":[{"type":"x","parameters":[
            {"names":["address"],"kind":"string","sources":["authParams"]},
            {"names":["server"],"kind":"string","sources":["triggerMetadata"],
             "roles":["endpoint"],"format":"url"},
            {"names":["password"],"kind":"string","sources":["triggerMetadata"],
             "roles":["secret"]}]}]}"#,
        )
        .unwrap();
        let secret = |name: &str, value: &str| (name.to_string(), SecretString::from(value));
        Redactor::new(
            &component,
            &Trigger {
                trigger_type: "x".into(),
                metadata: [
                    ("passwordFromEnv", "PW"),
                    ("listName", "orders"),
                    ("server", "https://me:inside@db.local"),
                ]
                .map(|(k, v)| (k.to_string(), v.to_string()))
                .into(),
                auth_params: [
                    secret("address", "db.local"),
                    secret("other", "s3cret-long"),
                ]
                .into(),
                resolved_env: [secret("PW", "s3cret")].into(),
                ..Trigger::default()
            },
        )
    }

    #[test]
    fn a_password_inside_an_endpoint_is_replaced_and_its_host_is_kept() {
        let text = redactor().text("no answer from https://me:inside@db.local".into());
        assert_eq!(text, "no answer from https://me:[redacted]@db.local");
    }

    #[test]
    fn secrets_are_replaced_and_harmless_parameters_are_kept() {
        let text = redactor().text("db.local refused s3cret-long and s3cret for orders".into());
        assert_eq!(
            text,
            "db.local refused [redacted] and [redacted] for orders"
        );
    }
}
