use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// The cloud or cluster identity that a trigger's authentication names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodIdentity {
    /// `azure-workload`, `gcp`, `aws` or `aws-eks`.
    pub provider: String,
    /// Client id of the identity to use instead of the workload's own.
    pub identity_id: Option<String>,
    /// Azure tenant id.
    pub identity_tenant_id: Option<String>,
    /// Azure authority host.
    pub identity_authority_host: Option<String>,
    /// AWS role.
    pub role_arn: Option<String>,
    /// AWS external id for the role.
    #[serde(rename = "externalID")]
    pub external_id: Option<String>,
    /// `keda` or `workload`.
    pub identity_owner: Option<String>,
}

/// One trigger of one scaled object, resolved and ready to be handed to a component.
///
/// Its `Debug` form shows no values of `auth_params` and `resolved_env`.
#[derive(Debug, Clone, Default)]
pub struct Trigger {
    /// As in the manifest, such as `redis`.
    pub trigger_type: String,
    /// The trigger's own name; empty when it has none.
    pub name: String,
    /// Position in the object's list of triggers, from 0.
    pub index: u32,
    /// Namespace of the scaled object.
    pub namespace: String,
    /// Name of the scaled object.
    pub object: String,
    /// `triggerMetadata`, verbatim.
    pub metadata: BTreeMap<String, String>,
    /// What the trigger's authentication resolved to.
    pub auth_params: BTreeMap<String, SecretString>,
    /// The workload's environment: variable name to value. The host passes on only what a
    /// `<parameter>FromEnv` entry names.
    pub resolved_env: BTreeMap<String, SecretString>,
    /// Set when the object has scaling modifiers.
    pub as_metric_source: bool,
    /// The identity asked for; `None` stands for KEDA's `none`.
    pub identity: Option<PodIdentity>,
}

impl Trigger {
    /// The variables of `resolved_env` that the metadata's `<parameter>FromEnv` entries name.
    pub fn referenced_env(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.metadata
            .iter()
            .filter(|(key, _)| key.ends_with("FromEnv"))
            .filter_map(|(_, variable)| self.resolved_env.get_key_value(variable.trim()))
            .map(|(variable, value)| (variable.as_str(), value))
    }
}

/// Equal when a component given either could not tell them apart.
impl PartialEq for Trigger {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &BTreeMap<String, SecretString>, b: &BTreeMap<String, SecretString>| {
            a.len() == b.len()
                && a.iter().zip(b).all(|((ka, va), (kb, vb))| {
                    ka == kb && va.expose_secret() == vb.expose_secret()
                })
        };
        self.trigger_type == other.trigger_type
            && self.name == other.name
            && self.index == other.index
            && self.namespace == other.namespace
            && self.object == other.object
            && self.metadata == other.metadata
            && self.as_metric_source == other.as_metric_source
            && self.identity == other.identity
            && same(&self.auth_params, &other.auth_params)
            && same(&self.resolved_env, &other.resolved_env)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_variables_are_referenced() {
        let trigger = Trigger {
            metadata: [("addressFromEnv", "REDIS"), ("listName", "OTHER")]
                .map(|(k, v)| (k.to_string(), v.to_string()))
                .into(),
            resolved_env: [("REDIS", "h:1"), ("OTHER", "x")]
                .map(|(k, v)| (k.to_string(), SecretString::from(v)))
                .into(),
            ..Trigger::default()
        };
        let names: Vec<_> = trigger.referenced_env().map(|(name, _)| name).collect();
        assert_eq!(names, ["REDIS"]);
    }

    #[test]
    fn debug_text_shows_no_secret() {
        let trigger = Trigger {
            auth_params: [("password".to_string(), SecretString::from("hunter2"))].into(),
            ..Trigger::default()
        };
        assert!(!format!("{trigger:?}").contains("hunter2"));
    }
}
