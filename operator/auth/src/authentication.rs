use std::collections::BTreeMap;

use operator_api::{AuthenticationKind, AuthenticationRef, TriggerAuthenticationSpec};
use runtime_types::PodIdentity;
use secrecy::SecretString;

use crate::source::{
    bound_token, config_map, env, file, oauth2, pod_identity, secret, unsupported,
};
use crate::{AuthError, Notice, Objects, Resolver, Workload};

/// What an `authenticationRef` stands for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Authentication {
    /// The parameters.
    pub(crate) parameters: BTreeMap<String, SecretString>,
    /// The identity.
    pub(crate) identity: Option<PodIdentity>,
    /// What was missing.
    pub(crate) notices: Vec<Notice>,
}

/// Collects the sources in KEDA's order, later ones winning. A reference to nothing has no
/// parameters and leaves a notice: the scaler's own error says what it misses.
///
/// # Errors
/// When a source cannot be used at all; what is merely missing is an empty parameter.
pub(crate) fn authentication(
    resolver: &Resolver,
    objects: &dyn Objects,
    reference: Option<&AuthenticationRef>,
    namespace: &str,
    workload: &Workload,
) -> Result<Authentication, AuthError> {
    let Some(reference) = reference.filter(|r| !r.name.is_empty() && !namespace.is_empty()) else {
        return Ok(Authentication::default());
    };
    let name = &reference.name;
    let kind = reference
        .kind
        .unwrap_or(AuthenticationKind::TriggerAuthentication);
    let found = match kind {
        AuthenticationKind::TriggerAuthentication => objects
            .trigger_authentication(namespace, name)
            .map(|found| {
                (
                    "TriggerAuthentication",
                    found.spec.clone(),
                    namespace.to_string(),
                )
            }),
        AuthenticationKind::ClusterTriggerAuthentication => {
            objects.cluster_trigger_authentication(name).map(|found| {
                let namespace = resolver.cluster_namespace.clone();
                (
                    "ClusterTriggerAuthentication",
                    found.spec.0.clone(),
                    namespace,
                )
            })
        }
    };
    let Some((kind, spec, namespace)) = found else {
        let place = match kind {
            AuthenticationKind::TriggerAuthentication => {
                format!("TriggerAuthentication {namespace}/{name}")
            }
            AuthenticationKind::ClusterTriggerAuthentication => {
                format!("ClusterTriggerAuthentication {name}")
            }
        };
        let message = format!("{place} does not exist, the trigger has no authentication");
        return Ok(Authentication {
            notices: vec![Notice::new("AuthenticationNotFound", message)],
            ..Authentication::default()
        });
    };
    sources(objects, kind, name, &spec, &namespace, workload, resolver)
}

fn sources(
    objects: &dyn Objects,
    kind: &'static str,
    name: &str,
    spec: &TriggerAuthenticationSpec,
    namespace: &str,
    workload: &Workload,
    resolver: &Resolver,
) -> Result<Authentication, AuthError> {
    let unsupported = |source_name| AuthError::NotSupported {
        kind,
        name: name.into(),
        source_name,
    };
    if let Some(source) = unsupported::first(spec, objects) {
        return Err(unsupported(source));
    }
    let secrets = match resolver.restrict_secrets {
        true => &resolver.cluster_namespace,
        false => namespace,
    };
    let identity = spec.pod_identity.as_ref();
    if identity.is_some_and(pod_identity::needs_service_account) {
        return Err(unsupported("podIdentity of the workload's service account"));
    }
    let mut this = Authentication {
        identity: identity.and_then(pod_identity::copy),
        ..Authentication::default()
    };
    let Authentication {
        parameters,
        notices,
        ..
    } = &mut this;
    if let Some(path) = spec.file_path.as_deref().filter(|path| !path.is_empty()) {
        if kind != "ClusterTriggerAuthentication" {
            return Err(AuthError::FilePathKind(kind));
        }
        // The file stands in place of every other source.
        *parameters = file::parameters(resolver.file_root.as_deref(), path)?;
    } else {
        parameters.extend(env::parameters(objects, workload, &spec.env, notices));
        let references = &spec.config_map_target_ref;
        parameters.extend(config_map::parameters(
            objects, namespace, references, notices,
        ));
        let references = &spec.secret_target_ref;
        parameters.extend(secret::parameters(objects, secrets, references, notices));
        let accounts = &spec.bound_service_account_token;
        parameters.extend(bound_token::parameters(
            objects, namespace, accounts, notices,
        ));
        if let Some(oauth2) = &spec.oauth2 {
            parameters.extend(oauth2::parameters(objects, secrets, oauth2, notices));
        }
    }
    parameters.extend(identity.and_then(pod_identity::role));
    Ok(this)
}
