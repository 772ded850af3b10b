use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar, EnvVarSource};
use secrecy::{ExposeSecret, SecretString};

use crate::objects::Objects;
use crate::source::text_of;
use crate::{AuthError, Notice, expand};

/// Variables of one workload, by name. `Debug` shows no values.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The variables.
    pub variables: BTreeMap<String, SecretString>,
    /// What was skipped, and why.
    pub notices: Vec<Notice>,
}

impl Environment {
    fn set(&mut self, name: String, value: impl Into<String>) {
        self.variables
            .insert(name, SecretString::from(value.into()));
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(ExposeSecret::expose_secret)
    }
}

/// Computes `envFrom`, then `env` in order, each entry seeing those before it.
///
/// # Errors
/// When a Secret or ConfigMap is named, is not optional and does not exist. A missing *key* is an
/// empty value, as in KEDA.
pub fn environment(
    objects: &dyn Objects,
    namespace: &str,
    env_from: &[EnvFromSource],
    env: &[EnvVar],
) -> Result<Environment, AuthError> {
    readable(objects, namespace, env_from, env, true)
}

/// The same where perhaps no Secrets may be read: then variables from Secrets are absent, as in KEDA.
pub(crate) fn readable(
    objects: &dyn Objects,
    namespace: &str,
    env_from: &[EnvFromSource],
    env: &[EnvVar],
    secrets: bool,
) -> Result<Environment, AuthError> {
    let mut this = Environment::default();
    for source in env_from {
        if source.secret_ref.is_none() || secrets {
            whole(objects, namespace, source, &mut this)?;
        }
    }
    for variable in env {
        let name = variable.name.clone();
        match (
            variable.value.as_deref().filter(|v| !v.is_empty()),
            &variable.value_from,
        ) {
            (Some(text), _) => {
                let value = expand(text, |name| this.value(name));
                this.set(name, value);
            }
            (None, Some(source)) if source.secret_key_ref.is_some() && !secrets => {}
            (None, Some(source)) => reference(objects, namespace, name, source, &mut this)?,
            (None, None) => this.set(name, ""),
        }
    }
    Ok(this)
}

fn whole(
    objects: &dyn Objects,
    namespace: &str,
    source: &EnvFromSource,
    this: &mut Environment,
) -> Result<(), AuthError> {
    let prefix = source.prefix.as_deref().unwrap_or_default();
    if let Some(reference) = &source.config_map_ref {
        match objects.config_map(namespace, &reference.name) {
            Some(map) => {
                for (key, value) in &map.data {
                    this.set(format!("{prefix}{key}"), value.as_str());
                }
            }
            None => missing("ConfigMap", namespace, &reference.name, reference.optional)?,
        }
    }
    if let Some(reference) = &source.secret_ref {
        match objects.secret(namespace, &reference.name) {
            Some(secret) => {
                for (key, value) in &secret.data {
                    let value = text_of(value, &reference.name, key, &mut this.notices);
                    this.variables.insert(format!("{prefix}{key}"), value);
                }
            }
            None => missing("Secret", namespace, &reference.name, reference.optional)?,
        }
    }
    Ok(())
}

fn reference(
    objects: &dyn Objects,
    namespace: &str,
    variable: String,
    source: &EnvVarSource,
    this: &mut Environment,
) -> Result<(), AuthError> {
    if let Some(reference) = &source.secret_key_ref {
        match objects.secret(namespace, &reference.name) {
            Some(secret) => {
                let value = secret
                    .data
                    .get(&reference.key)
                    .map_or_else(SecretString::default, |v| {
                        text_of(v, &reference.name, &reference.key, &mut this.notices)
                    });
                this.variables.insert(variable, value);
            }
            None => missing("Secret", namespace, &reference.name, reference.optional)?,
        }
    } else if let Some(reference) = &source.config_map_key_ref {
        match objects.config_map(namespace, &reference.name) {
            Some(map) => {
                let value = map.data.get(&reference.key).map_or("", String::as_str);
                this.set(variable, value);
            }
            None => missing("ConfigMap", namespace, &reference.name, reference.optional)?,
        }
    } else {
        // fieldRef, resourceFieldRef, fileKeyRef: absent, as in KEDA.
        this.notices.push(Notice::new(
            "EnvironmentSourceSkipped",
            format!(
                "variable {variable} is skipped: only secretKeyRef and configMapKeyRef are read"
            ),
        ));
    }
    Ok(())
}

fn missing(
    kind: &'static str,
    namespace: &str,
    name: &str,
    optional: Option<bool>,
) -> Result<(), AuthError> {
    if optional == Some(true) {
        return Ok(());
    }
    Err(AuthError::MissingObject {
        kind,
        namespace: namespace.into(),
        name: name.into(),
    })
}
