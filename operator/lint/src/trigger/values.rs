//! What is known of a trigger's parameters from the files alone.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Container;
use operator_api::manifest::Surveyed;
use operator_api::{AuthenticationKind, Object, ObjectKey, TriggerAuthenticationSpec};
use operator_auth::expand;
use runtime_types::{Parameter, PodIdentity, Source};
use secrecy::{ExposeSecret, SecretString};

use super::Place;
use crate::world::{Pods, World};

/// By which a parameter names a variable of the target's environment.
pub(super) const FROM_ENV: &str = "FromEnv";

/// What a trigger is resolved for.
pub(super) struct Owner<'a> {
    pub(super) pods: Pods,
    /// `envSourceContainerName`.
    pub(super) container: Option<&'a str>,
    pub(super) as_metric_source: bool,
}

/// Something given.
#[derive(Debug, Clone)]
pub(super) enum Given {
    /// With this value.
    Known(SecretString),
    /// With a value that does not stand in the files.
    Unknown,
    /// By a variable whose source scalers cannot read.
    Unreadable,
}

impl Given {
    fn text(text: impl Into<String>) -> Self {
        Self::Known(SecretString::from(text.into()))
    }

    /// The value, unless it is not known or blank.
    pub(super) fn value(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text.expose_secret().trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }
}

/// A parameter of an authentication.
pub(super) struct FromAuth<'a> {
    pub(super) given: Given,
    /// Where it is given; `None` where the object's own field has another name.
    pub(super) written: Option<(&'a Surveyed, String)>,
}

/// Variables of a container.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    pub(super) all: BTreeMap<String, Given>,
    /// There may be others.
    pub(super) open: bool,
}

/// All that is known.
pub(super) struct Values<'a> {
    pub(super) metadata: BTreeMap<&'a str, Given>,
    pub(super) auth: BTreeMap<String, FromAuth<'a>>,
    /// There may be other parameters of an authentication.
    pub(super) auth_open: bool,
    pub(super) env: Variables,
    pub(super) identity: Option<PodIdentity>,
    pub(super) as_metric_source: bool,
    pub(super) index: u32,
}

impl<'a> Values<'a> {
    /// Of one trigger.
    pub(super) fn of(world: &World<'a>, owner: &Owner<'_>, place: &Place<'a>, index: u32) -> Self {
        let mut metadata: BTreeMap<&str, Given> = BTreeMap::new();
        for (key, text) in &place.trigger.metadata {
            metadata.insert(key, Given::text(text.as_str()));
        }
        let reference = format!("{}.authenticationRef", place.path);
        let mut values = Self {
            metadata,
            auth: BTreeMap::new(),
            auth_open: !place.item.is_sound(&[&reference]),
            env: variables(world, place.item, &owner.pods, owner.container),
            identity: None,
            as_metric_source: owner.as_metric_source,
            index,
        };
        values.spoil(place);
        values.authentication(world, owner, place);
        values
    }

    /// Metadata that is there, but could not be read.
    fn spoil(&mut self, place: &Place<'a>) {
        let prefix = format!("{}.metadata", place.path);
        for path in &place.item.wrong {
            let key = path.strip_prefix(&prefix).unwrap_or_default();
            let key = key.trim_start_matches(['.', '[']).trim_end_matches(']');
            if !key.is_empty() {
                self.metadata.insert(key, Given::Unknown);
            }
        }
    }

    fn authentication(&mut self, world: &World<'a>, owner: &Owner<'_>, place: &Place<'a>) {
        let Some(reference) = place.trigger.authentication_ref.as_ref() else {
            return;
        };
        let namespace = place
            .item
            .key
            .as_ref()
            .map_or("default", |key| &key.namespace);
        let cluster = reference.kind == Some(AuthenticationKind::ClusterTriggerAuthentication);
        let kind = match cluster {
            true => "ClusterTriggerAuthentication",
            false => "TriggerAuthentication",
        };
        let key = ObjectKey::new(kind, Some(namespace), &reference.name);
        let Some(item) = world.whole(&key) else {
            // Whatever it gives, if it is anywhere.
            self.auth_open |= !reference.name.is_empty();
            return;
        };
        let (spec, namespace) = match &item.object {
            Some(Object::TriggerAuthentication(auth)) => (&auth.spec, Some(namespace)),
            Some(Object::ClusterTriggerAuthentication(auth)) => (&auth.spec.0, None),
            _ => return,
        };
        self.sources(world, owner, place, (item, spec), namespace);
    }

    /// In KEDA's order, later ones winning.
    fn sources(
        &mut self,
        world: &World<'a>,
        owner: &Owner<'_>,
        place: &Place<'a>,
        (item, spec): (&'a Surveyed, &'a TriggerAuthenticationSpec),
        namespace: Option<&str>,
    ) {
        if spec
            .file_path
            .as_deref()
            .is_some_and(|path| !path.is_empty())
        {
            self.auth_open = true;
            return;
        }
        let mut give = |parameter: &str, path: String, given: Given| {
            let written = Some((item, path));
            self.auth
                .insert(parameter.into(), FromAuth { given, written });
        };
        for (at, entry) in spec.env.iter().enumerate() {
            let container = entry.container_name.as_deref();
            let variables = variables(world, place.item, &owner.pods, container);
            let given = match variables.all.get(&entry.name) {
                Some(given) => given.clone(),
                None if variables.open => Given::Unknown,
                None => Given::text(""),
            };
            give(&entry.parameter, format!("spec.env[{at}]"), given);
        }
        for (at, entry) in spec.config_map_target_ref.iter().enumerate() {
            let map = namespace.and_then(|namespace| world.config_map(namespace, &entry.name));
            let given = map.map_or(Given::Unknown, |map| {
                Given::text(map.data.get(&entry.key).map_or("", String::as_str))
            });
            give(
                &entry.parameter,
                format!("spec.configMapTargetRef[{at}]"),
                given,
            );
        }
        for (at, entry) in spec.secret_target_ref.iter().enumerate() {
            let given = secret(world, namespace, &entry.name, &entry.key);
            give(
                &entry.parameter,
                format!("spec.secretTargetRef[{at}]"),
                given,
            );
        }
        for (at, entry) in spec.bound_service_account_token.iter().enumerate() {
            let path = format!("spec.boundServiceAccountToken[{at}]");
            give(&entry.parameter, path, Given::Unknown);
        }
        self.auth_open |= spec.hashi_corp_vault.is_some()
            || spec.azure_key_vault.is_some()
            || spec.gcp_secret_manager.is_some()
            || spec.aws_secret_manager.is_some();
        if let Some(oauth2) = &spec.oauth2 {
            let secret = oauth2
                .client_secret
                .as_ref()
                .map_or(Given::text(""), |from| {
                    let reference = &from.value_from.secret_key_ref;
                    secret(world, namespace, &reference.name, &reference.key)
                });
            let written = None;
            for (name, given) in [
                ("oauthTokenURI", Given::text(oauth2.token_url.as_str())),
                ("clientID", Given::text(oauth2.client_id.as_str())),
                ("clientSecret", secret),
                ("scopes", Given::text(oauth2.scopes.join(","))),
            ] {
                let written = written.clone();
                self.auth.insert(name.into(), FromAuth { given, written });
            }
        }
        let identity = spec.pod_identity.as_ref().map(|identity| PodIdentity {
            provider: identity.provider.as_str().to_string(),
            ..PodIdentity::default()
        });
        self.identity = identity.filter(|identity| identity.provider != "none");
    }

    /// Everything that gives a parameter, in the order in which it is looked up: the name it is given by,
    /// and what is known of it.
    pub(super) fn given<'v>(&'v self, parameter: &'v Parameter) -> Vec<(Source, String, Given)> {
        let mut all = Vec::new();
        for source in &parameter.sources {
            for name in &parameter.names {
                let found = match source {
                    Source::TriggerMetadata => self
                        .metadata
                        .get(name.as_str())
                        .map(|g| (name.clone(), g.clone())),
                    Source::AuthParams => self
                        .auth
                        .get(name)
                        .map(|from| (name.clone(), from.given.clone())),
                    Source::ResolvedEnv => self.of_variable(name),
                };
                // Blank counts as left out.
                all.extend(
                    found
                        .filter(|(_, given)| {
                            !matches!(given, Given::Known(_)) || given.value().is_some()
                        })
                        .map(|(name, given)| (*source, name, given)),
                );
            }
        }
        all
    }

    fn of_variable(&self, name: &str) -> Option<(String, Given)> {
        let key = format!("{name}{FROM_ENV}");
        let given = match self.metadata.get(key.as_str())?.value() {
            Some(variable) => match self.env.all.get(variable) {
                Some(Given::Unreadable) => return None,
                Some(given) => given.clone(),
                None if self.env.open => Given::Unknown,
                None => return None,
            },
            None => Given::Unknown,
        };
        Some((key, given))
    }
}

fn secret(world: &World<'_>, namespace: Option<&str>, name: &str, key: &str) -> Given {
    let Some(secret) = namespace.and_then(|namespace| world.secret(namespace, name)) else {
        return Given::Unknown;
    };
    let bytes = secret.data.get(key);
    let text = bytes.and_then(|bytes| std::str::from_utf8(bytes.expose_secret()).ok());
    Given::Known(SecretString::from(text.unwrap_or_default()))
}

/// The variables of a container, or of the first one.
fn variables(
    world: &World<'_>,
    item: &Surveyed,
    pods: &Pods,
    container: Option<&str>,
) -> Variables {
    let open = Variables {
        open: true,
        ..Variables::default()
    };
    let Pods::Known(containers) = pods else {
        return open;
    };
    let wanted = container.filter(|name| !name.is_empty());
    let container = containers
        .iter()
        .find(|c| wanted.is_none_or(|wanted| wanted == c.name));
    let namespace = item.key.as_ref().map_or("default", |key| &key.namespace);
    // A container that is not there is told by another rule.
    container.map_or(open, |container| of_container(world, namespace, container))
}

fn of_container(world: &World<'_>, namespace: &str, container: &Container) -> Variables {
    let mut this = Variables::default();
    for source in container.env_from.iter().flatten() {
        let prefix = source.prefix.as_deref().unwrap_or_default();
        if let Some(reference) = &source.config_map_ref {
            match world.config_map(namespace, &reference.name) {
                Some(map) => {
                    this.all.extend(map.data.iter().map(|(key, value)| {
                        (format!("{prefix}{key}"), Given::text(value.as_str()))
                    }))
                }
                None => this.open = true,
            }
        }
        if let Some(reference) = &source.secret_ref {
            match world.secret(namespace, &reference.name) {
                Some(secret) => this.all.extend(secret.data.iter().map(|(key, value)| {
                    let text = std::str::from_utf8(value.expose_secret()).unwrap_or_default();
                    (format!("{prefix}{key}"), Given::text(text))
                })),
                None => this.open = true,
            }
        }
    }
    for variable in container.env.iter().flatten() {
        let value = variable.value.as_deref().filter(|text| !text.is_empty());
        let given = match (value, &variable.value_from) {
            (Some(text), _) if text.contains("$(") && this.is_vague() => Given::Unknown,
            (Some(text), _) => Given::text(expand(text, |name| {
                this.all.get(name).and_then(Given::value)
            })),
            (None, None) => Given::text(""),
            (None, Some(from)) => {
                if let Some(reference) = &from.secret_key_ref {
                    secret(world, Some(namespace), &reference.name, &reference.key)
                } else if let Some(reference) = &from.config_map_key_ref {
                    let map = world.config_map(namespace, &reference.name);
                    map.map_or(Given::Unknown, |map| {
                        Given::text(map.data.get(&reference.key).map_or("", String::as_str))
                    })
                } else {
                    Given::Unreadable
                }
            }
        };
        this.all.insert(variable.name.clone(), given);
    }
    this
}

impl Variables {
    fn is_vague(&self) -> bool {
        self.open
            || self
                .all
                .values()
                .any(|given| !matches!(given, Given::Known(_)))
    }
}
