//! `podIdentity`: copied into the trigger; AWS roles become a parameter.

use operator_api::{AuthPodIdentity, IdentityOwner, IdentityProvider};
use runtime_types::PodIdentity;
use secrecy::SecretString;

/// The identity as components see it; `none` is no identity.
pub(crate) fn copy(identity: &AuthPodIdentity) -> Option<PodIdentity> {
    (identity.provider != IdentityProvider::None).then(|| PodIdentity {
        provider: identity.provider.as_str().to_string(),
        identity_id: identity.identity_id.clone(),
        identity_tenant_id: identity.identity_tenant_id.clone(),
        identity_authority_host: identity.identity_authority_host.clone(),
        role_arn: identity.role_arn.clone(),
        external_id: identity.external_id.clone(),
        identity_owner: identity
            .identity_owner
            .map(|owner| owner.as_str().to_string()),
    })
}

/// `awsRoleArn` where the identity names a role.
pub(crate) fn role(identity: &AuthPodIdentity) -> Option<(String, SecretString)> {
    let role = identity
        .role_arn
        .as_deref()
        .filter(|role| !role.is_empty())?;
    (identity.provider == IdentityProvider::Aws)
        .then(|| ("awsRoleArn".to_string(), SecretString::from(role)))
}

/// Whether the role is that of the workload's service account, which needs a cluster to look up.
pub(crate) fn needs_service_account(identity: &AuthPodIdentity) -> bool {
    match identity.provider {
        IdentityProvider::Aws => identity.identity_owner == Some(IdentityOwner::Workload),
        IdentityProvider::AwsEks => true,
        IdentityProvider::AzureWorkload | IdentityProvider::Gcp | IdentityProvider::None => false,
    }
}
