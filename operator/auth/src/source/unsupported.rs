//! Sources that this version does not have. Leaving their parameters empty would look like a wrong
//! password, so they are an error by name.

use operator_api::TriggerAuthenticationSpec;

use crate::Objects;

/// The first such source.
pub(crate) fn first(
    spec: &TriggerAuthenticationSpec,
    objects: &dyn Objects,
) -> Option<&'static str> {
    [
        ("hashiCorpVault", spec.hashi_corp_vault.is_some()),
        ("azureKeyVault", spec.azure_key_vault.is_some()),
        ("gcpSecretManager", spec.gcp_secret_manager.is_some()),
        ("awsSecretManager", spec.aws_secret_manager.is_some()),
        (
            "boundServiceAccountToken",
            !spec.bound_service_account_token.is_empty() && !objects.makes_tokens(),
        ),
    ]
    .into_iter()
    .find_map(|(name, used)| used.then_some(name))
}
