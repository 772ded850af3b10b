use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The cloud or cluster identity that scalers act under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthPodIdentity {
    /// Whose identity system.
    pub provider: IdentityProvider,
    /// Client id of the identity to use instead of the workload's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_id: Option<String>,
    /// Azure tenant id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_tenant_id: Option<String>,
    /// Azure authority host; takes effect together with the tenant id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_authority_host: Option<String>,
    /// AWS role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// AWS external id for the role.
    #[serde(
        rename = "externalID",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub external_id: Option<String>,
    /// Whose identity of the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_owner: Option<IdentityOwner>,
}

/// An identity system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityProvider {
    /// Azure workload identity.
    AzureWorkload,
    /// Google's application default credentials.
    Gcp,
    /// AWS roles.
    Aws,
    /// AWS roles for service accounts; deprecated by KEDA.
    AwsEks,
    /// No identity.
    None,
}

impl IdentityProvider {
    /// As written in manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AzureWorkload => "azure-workload",
            Self::Gcp => "gcp",
            Self::Aws => "aws",
            Self::AwsEks => "aws-eks",
            Self::None => "none",
        }
    }
}

/// Whose identity is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IdentityOwner {
    /// The operator's.
    Keda,
    /// The scaled workload's.
    Workload,
}

impl IdentityOwner {
    /// As written in manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keda => "keda",
            Self::Workload => "workload",
        }
    }
}
