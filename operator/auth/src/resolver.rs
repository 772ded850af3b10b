use std::path::PathBuf;

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar};
use operator_api::ScaleTrigger;
use runtime_types::Trigger;

use crate::authentication::authentication;
use crate::environment::readable;
use crate::{AuthError, Environment, Notice, Objects};

/// The containers whose environment triggers may read.
#[derive(Debug, Clone, Default)]
pub struct Workload {
    /// Its namespace.
    pub namespace: String,
    /// Name, `envFrom` and `env` of each container, in order. Empty for targets without pods.
    pub containers: Vec<(String, Vec<EnvFromSource>, Vec<EnvVar>)>,
    /// Its Secrets may not be read: variables from them are absent.
    pub without_secrets: bool,
}

impl Workload {
    /// The environment of `container`, or of the first one. A workload without containers has none.
    ///
    /// # Errors
    /// When there is no such container, or an object its environment needs is missing.
    pub fn environment(
        &self,
        objects: &dyn Objects,
        container: Option<&str>,
    ) -> Result<Environment, AuthError> {
        if self.containers.is_empty() {
            return Ok(Environment::default());
        }
        let wanted = container.filter(|name| !name.is_empty());
        let (_, env_from, env) = self
            .containers
            .iter()
            .find(|(name, ..)| wanted.is_none_or(|wanted| wanted == name))
            .ok_or_else(|| AuthError::MissingContainer(wanted.unwrap_or_default().into()))?;
        let secrets = !self.without_secrets;
        readable(objects, &self.namespace, env_from, env, secrets)
    }
}

/// What puts triggers together.
#[derive(Debug, Clone)]
pub struct Resolver {
    /// Namespace of the Secrets that ClusterTriggerAuthentications name (KEDA: its own).
    pub cluster_namespace: String,
    /// Secrets are read in `cluster_namespace` alone, whatever namespace refers to them.
    pub restrict_secrets: bool,
    /// The directory below which `filePath` may read; `None`: nowhere.
    pub file_root: Option<PathBuf>,
}

impl Default for Resolver {
    fn default() -> Self {
        Self {
            cluster_namespace: "keda".into(),
            restrict_secrets: false,
            file_root: None,
        }
    }
}

/// A trigger, and what its user should know.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// Ready for a scaler.
    pub trigger: Trigger,
    /// What was missing.
    pub notices: Vec<Notice>,
}

impl Resolver {
    /// Resolves one trigger.
    ///
    /// `owner` is namespace and name of the scaled object, `index` the trigger's position in it,
    /// `container` the object's `envSourceContainerName`.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub fn resolve(
        &self,
        objects: &dyn Objects,
        owner: (&str, &str),
        (index, trigger): (u32, &ScaleTrigger),
        workload: &Workload,
        container: Option<&str>,
        as_metric_source: bool,
    ) -> Result<Resolved, AuthError> {
        let (namespace, object) = owner;
        let mut environment = workload.environment(objects, container)?;
        let reference = trigger.authentication_ref.as_ref();
        let mut authentication = authentication(self, objects, reference, namespace, workload)?;
        let mut notices = std::mem::take(&mut environment.notices);
        notices.append(&mut authentication.notices);
        let trigger = Trigger {
            trigger_type: trigger.trigger_type.clone(),
            name: trigger.name.clone(),
            index,
            namespace: namespace.into(),
            object: object.into(),
            metadata: trigger.metadata.clone(),
            auth_params: authentication.parameters,
            resolved_env: environment.variables,
            as_metric_source,
            identity: authentication.identity,
        };
        Ok(Resolved { trigger, notices })
    }
}
