use super::Rules;
use crate::{AuthPodIdentity, IdentityOwner, IdentityProvider, OAuth2, TriggerAuthenticationSpec};

pub(super) fn check(spec: &TriggerAuthenticationSpec, cluster: bool, rules: &mut Rules) {
    if spec
        .file_path
        .as_deref()
        .is_some_and(|path| !path.is_empty())
        && !cluster
    {
        rules.error(
            "spec.filePath",
            "FilePathNotSupported",
            "filePath is only supported for ClusterTriggerAuthentication, got kind: TriggerAuthentication",
        );
    }
    if let Some(identity) = &spec.pod_identity {
        pod_identity(identity, rules);
        // As in KEDA, these providers end the check.
        if matches!(
            identity.provider,
            IdentityProvider::Gcp | IdentityProvider::AwsEks | IdentityProvider::None
        ) {
            return;
        }
    }
    if let Some(oauth2) = &spec.oauth2 {
        self::oauth2(oauth2, rules);
    }
}

fn pod_identity(identity: &AuthPodIdentity, rules: &mut Rules) {
    let mut error = |field: &str, text: &str| {
        rules.error(
            format!("spec.podIdentity.{field}"),
            "IncorrectPodIdentity",
            text,
        );
    };
    let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    let empty = |text: &Option<String>| text.as_deref() == Some("");
    match identity.provider {
        IdentityProvider::AzureWorkload => {
            if empty(&identity.identity_id) {
                error(
                    "identityId",
                    "identityId must not be empty; leave it out instead",
                );
            }
            if empty(&identity.identity_tenant_id) {
                error(
                    "identityTenantId",
                    "identityTenantId must not be empty; leave it out instead",
                );
            }
            if given(&identity.identity_authority_host) && !given(&identity.identity_tenant_id) {
                error(
                    "identityAuthorityHost",
                    "identityAuthorityHost needs identityTenantId",
                );
            }
        }
        IdentityProvider::Aws => {
            if given(&identity.role_arn) && identity.identity_owner == Some(IdentityOwner::Workload)
            {
                error(
                    "roleArn",
                    "roleArn cannot be used with identityOwner workload",
                );
            }
            if given(&identity.external_id) && !given(&identity.role_arn) {
                error("externalID", "externalID needs roleArn");
            }
        }
        IdentityProvider::Gcp | IdentityProvider::AwsEks | IdentityProvider::None => {}
    }
}

fn oauth2(oauth2: &OAuth2, rules: &mut Rules) {
    if oauth2.client_id.is_empty() {
        rules.error(
            "spec.oauth2.clientId",
            "IncorrectOAuth2",
            "clientId must not be empty",
        );
    }
    let host = ["http://", "https://"]
        .iter()
        .find_map(|scheme| oauth2.token_url.strip_prefix(scheme))
        .map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    if host.is_none_or(str::is_empty) {
        rules.error(
            "spec.oauth2.tokenUrl",
            "IncorrectOAuth2",
            format!(
                "tokenUrl `{}` must be an http or https URL with a host",
                oauth2.token_url
            ),
        );
    }
}
