use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use operator_api::{
    ClusterTriggerAuthentication, ClusterTriggerAuthenticationSpec, ScaleTargetRef, ScaledObject,
    ScaledObjectSpec, ScaledObjectStatus, TriggerAuthentication, TriggerAuthenticationSpec,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// A part of an object that may be other than our types say, since the cluster's own definition may be
/// looser (or newer) than ours: then that object is at fault, and not the whole list of its kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tolerant<T> {
    /// As our types say.
    Good(T),
    /// What is the matter with it.
    Bad(String),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Tolerant<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(from)?;
        Ok(match serde_json::from_value(value) {
            Ok(good) => Self::Good(good),
            Err(error) => Self::Bad(error.to_string()),
        })
    }
}

impl<T> Default for Tolerant<T> {
    fn default() -> Self {
        Self::Bad("it is missing".into())
    }
}

/// A ScaledObject as the cluster has it.
#[derive(Debug, Clone, Deserialize, Resource)]
#[resource(inherit = ScaledObject)]
pub(crate) struct SeenScaledObject {
    pub(crate) metadata: ObjectMeta,
    #[serde(default)]
    pub(crate) spec: Tolerant<ScaledObjectSpec>,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) status: Option<ScaledObjectStatus>,
}

impl SeenScaledObject {
    /// The object by our types, or what keeps it from that.
    pub(crate) fn object(&self) -> Result<ScaledObject, String> {
        match &self.spec {
            Tolerant::Good(spec) => Ok(ScaledObject {
                metadata: self.metadata.clone(),
                spec: spec.clone(),
                status: self.status.clone(),
            }),
            Tolerant::Bad(why) => Err(why.clone()),
        }
    }

    /// Stands for an object that cannot be read, so that its status can say so and its finalizer can go.
    pub(crate) fn unreadable(&self) -> ScaledObject {
        let spec = ScaledObjectSpec {
            scale_target_ref: ScaleTargetRef::default(),
            polling_interval: None,
            initial_cooldown_period: None,
            cooldown_period: None,
            idle_replica_count: None,
            min_replica_count: None,
            max_replica_count: None,
            advanced: None,
            triggers: vec![],
            fallback: None,
        };
        ScaledObject {
            metadata: self.metadata.clone(),
            spec,
            status: None,
        }
    }
}

/// A TriggerAuthentication as the cluster has it.
#[derive(Debug, Clone, Deserialize, Resource)]
#[resource(inherit = TriggerAuthentication)]
pub(crate) struct SeenAuthentication {
    pub(crate) metadata: ObjectMeta,
    #[serde(default)]
    pub(crate) spec: Tolerant<TriggerAuthenticationSpec>,
}

/// A ClusterTriggerAuthentication as the cluster has it.
#[derive(Debug, Clone, Deserialize, Resource)]
#[resource(inherit = ClusterTriggerAuthentication)]
pub(crate) struct SeenClusterAuthentication {
    pub(crate) metadata: ObjectMeta,
    #[serde(default)]
    pub(crate) spec: Tolerant<ClusterTriggerAuthenticationSpec>,
}

/// A status that we cannot read is one that we write anew.
fn or_none<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = Option::<serde_json::Value>::deserialize(from)?;
    Ok(value.and_then(|value| serde_json::from_value(value).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_that_is_no_object_says_so_and_the_list_is_read() {
        let list: Vec<SeenScaledObject> = serde_json::from_value(serde_json::json!([
            {"metadata": {"name": "a"}, "spec": {"scaleTargetRef": {"name": "w"}, "triggers": []}},
            {"metadata": {"name": "b"}, "spec": {"scaleTargetRef": {"name": "w"}, "triggers": "none"}},
            {"metadata": {"name": "c"}, "status": {"conditions": 5}},
        ]))
        .unwrap();
        assert!(list[0].object().is_ok());
        let error = list[1].object().unwrap_err();
        assert!(error.contains("expected a sequence"), "{error}");
        assert_eq!(list[2].object().unwrap_err(), "it is missing");
    }
}
