use std::collections::BTreeMap;
use std::path::PathBuf;

use operator_api::{AuthenticationKind, AuthenticationRef, TriggerAuthenticationSpec};
use runtime_types::PodIdentity;
use secrecy::SecretString;

use crate::source::{config_map, env, file, oauth2, pod_identity, secret, unsupported};
use crate::{AuthError, Notice, Objects, Workload};

/// What an `authenticationRef` stands for.
#[derive(Debug, Clone, Default)]
pub struct Authentication {
    /// The parameters.
    pub parameters: BTreeMap<String, SecretString>,
    /// The identity.
    pub identity: Option<PodIdentity>,
    /// What was missing.
    pub notices: Vec<Notice>,
}

/// What resolution needs besides the objects.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Where the Secrets of ClusterTriggerAuthentications live.
    pub(crate) cluster_namespace: String,
    /// The directory below which `filePath` may read.
    pub(crate) file_root: Option<PathBuf>,
}

/// Collects the sources in KEDA's order, later ones winning. A reference to nothing has no
/// parameters and leaves a notice: the scaler's own error says what it misses.
///
/// # Errors
/// When a source cannot be used at all; what is merely missing is an empty parameter.
pub fn authentication(
    objects: &dyn Objects,
    reference: Option<&AuthenticationRef>,
    namespace: &str,
    workload: &Workload,
    cluster_namespace: &str,
    file_root: Option<PathBuf>,
) -> Result<Authentication, AuthError> {
    let place = Place { cluster_namespace: cluster_namespace.into(), file_root };
    let Some(reference) = reference.filter(|r| !r.name.is_empty() && !namespace.is_empty()) else {
        return Ok(Authentication::default());
    };
    let name = &reference.name;
    let kind = reference.kind.unwrap_or(AuthenticationKind::TriggerAuthentication);
    let found = match kind {
        AuthenticationKind::TriggerAuthentication => objects
            .trigger_authentication(namespace, name)
            .map(|found| ("TriggerAuthentication", found.spec.clone(), namespace.to_string())),
        AuthenticationKind::ClusterTriggerAuthentication => {
            objects.cluster_trigger_authentication(name).map(|found| {
                let namespace = place.cluster_namespace.clone();
                ("ClusterTriggerAuthentication", found.spec.0.clone(), namespace)
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
    sources(objects, kind, name, &spec, &namespace, workload, &place)
}

fn sources(
    objects: &dyn Objects,
    kind: &'static str,
    name: &str,
    spec: &TriggerAuthenticationSpec,
    namespace: &str,
    workload: &Workload,
    place: &Place,
) -> Result<Authentication, AuthError> {
    let unsupported = |source_name| AuthError::NotSupported { kind, name: name.into(), source_name };
    if let Some(source) = unsupported::first(spec) {
        return Err(unsupported(source));
    }
    let identity = spec.pod_identity.as_ref();
    if identity.is_some_and(pod_identity::needs_service_account) {
        return Err(unsupported("podIdentity of the workload's service account"));
    }
    let mut this = Authentication {
        identity: identity.and_then(pod_identity::copy),
        ..Authentication::default()
    };
    let Authentication { parameters, notices, .. } = &mut this;
    if let Some(path) = spec.file_path.as_deref().filter(|path| !path.is_empty()) {
        if kind != "ClusterTriggerAuthentication" {
            return Err(AuthError::FilePathKind(kind));
        }
        // The file stands in place of every other source.
        *parameters = file::parameters(place.file_root.as_deref(), path)?;
    } else {
        parameters.extend(env::parameters(objects, workload, &spec.env, notices));
        let references = &spec.config_map_target_ref;
        parameters.extend(config_map::parameters(objects, namespace, references, notices));
        let references = &spec.secret_target_ref;
        parameters.extend(secret::parameters(objects, namespace, references, notices));
        if let Some(oauth2) = &spec.oauth2 {
            parameters.extend(oauth2::parameters(objects, namespace, oauth2, notices));
        }
    }
    parameters.extend(identity.and_then(pod_identity::role));
    Ok(this)
}
