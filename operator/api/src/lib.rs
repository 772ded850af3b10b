//! The objects users write: KEDA's keda.sh/v1alpha1 kinds and Penstock's own, and the reader that
//! turns a YAML file into them with a place and a remedy for each mistake.
//!
//! Field names, defaults and bounds are KEDA's. One schema, generated from these types, serves the
//! cluster's API server and the reader alike, so that a file is refused for the same reasons.

mod condition;
mod config;
pub mod definition;
pub mod manifest;
mod nearest;
mod object;
mod pod_identity;
mod process;
mod scaled_job;
mod scaled_object;
mod trigger;
mod trigger_authentication;
pub mod validation;

pub use condition::{Condition, ConditionStatus, TriggerActivity};
pub use config::{ConfigMap, Secret};
pub use manifest::{Document, Finding, Loaded, Problem};
pub use nearest::nearest;
pub use object::{Object, ObjectKey};
pub use pod_identity::{AuthPodIdentity, IdentityOwner, IdentityProvider};
pub use process::{LogDestination, Process, ProcessSpec};
pub use scaled_job::{
    MultipleScalersCalculation, PropagationPolicy, Rollout, RolloutStrategy, ScaledJob,
    ScaledJobSpec, ScaledJobStatus, ScalingStrategy, ScalingStrategyKind,
};
pub use scaled_object::{
    Advanced, Fallback, FallbackBehavior, GroupVersionKindResource, HealthStatus,
    HorizontalPodAutoscalerConfig, MetricHealth, ModifierMetricType, ScaleTargetRef, ScaledObject,
    ScaledObjectSpec, ScaledObjectStatus, ScalingModifiers,
};
pub use trigger::{AuthenticationKind, AuthenticationRef, ScaleTrigger};
pub use trigger_authentication::{
    AuthEnvironment, AuthTargetRef, AwsCredentials, AwsSecret, AwsSecretManager, AzureCloud,
    AzureCredentials, AzureKeyVault, AzureSecret, BoundServiceAccountToken,
    ClusterTriggerAuthentication, ClusterTriggerAuthenticationSpec, GcpCredentials, GcpSecret,
    GcpSecretManager, HashiCorpVault, OAuth2, OAuth2Type, SecretKeyRef, SecretValue,
    TriggerAuthentication, TriggerAuthenticationSpec, TriggerAuthenticationStatus, ValueFromSecret,
    VaultAuthentication, VaultCredential, VaultPkiData, VaultSecret, VaultSecretType,
};
