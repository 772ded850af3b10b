use std::collections::BTreeMap;
use std::fmt;

use crate::bindings::penstock::scaler::types::{self as wit, PodIdentity};

/// One trigger of one scaled object, as the user wrote it.
///
/// Its `Debug` form shows no values of `auth_params` and `resolved_env`.
#[derive(Clone, Default, PartialEq)]
pub struct Trigger {
    /// As in the manifest, such as `redis`. A component that provides several types tells them
    /// apart by this.
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
    /// What the trigger's authentication resolved to. May hold secrets.
    pub auth_params: BTreeMap<String, String>,
    /// Variables of the workload's environment that a `<parameter>FromEnv` entry of the metadata
    /// names. May hold secrets.
    pub resolved_env: BTreeMap<String, String>,
    /// Set when the object has scaling modifiers: some scalers then allow their target to be
    /// left out.
    pub as_metric_source: bool,
    /// The cloud or cluster identity that the user asked for, where there is one.
    pub identity: Option<PodIdentity>,
}

impl From<wit::Trigger> for Trigger {
    fn from(trigger: wit::Trigger) -> Self {
        Self {
            trigger_type: trigger.type_,
            name: trigger.name,
            index: trigger.index,
            namespace: trigger.namespace,
            object: trigger.object,
            metadata: trigger.metadata.into_iter().collect(),
            auth_params: trigger.auth_params.into_iter().collect(),
            resolved_env: trigger.resolved_env.into_iter().collect(),
            as_metric_source: trigger.as_metric_source,
            identity: trigger.identity,
        }
    }
}

impl fmt::Debug for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trigger")
            .field("trigger_type", &self.trigger_type)
            .field("name", &self.name)
            .field("index", &self.index)
            .field("namespace", &self.namespace)
            .field("object", &self.object)
            .field("metadata", &self.metadata)
            .field("auth_params", &self.auth_params.keys())
            .field("resolved_env", &self.resolved_env.keys())
            .field("as_metric_source", &self.as_metric_source)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_text_shows_no_secret() {
        let secret = [("password".to_string(), "hunter2".to_string())];
        let trigger = Trigger {
            auth_params: secret.clone().into(),
            resolved_env: secret.into(),
            ..Trigger::default()
        };
        let text = format!("{trigger:?}");
        assert!(
            text.contains("password") && !text.contains("hunter2"),
            "{text}"
        );
    }
}
