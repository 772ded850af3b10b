use std::collections::BTreeMap;
use std::time::Duration;

use scaler_protocols_http_auth::HttpAuth;
use scaler_sdk::{Problems, Trigger, TriggerConfig, Validate, http};

/// The parameters.
#[derive(Debug, TriggerConfig)]
#[config(validate)]
pub struct Config {
    #[param(group, optional)]
    pub(crate) auth: HttpAuth,
    /// Where the server is, such as `http://prometheus:9090`, with the path in front of `/api`
    /// where there is one.
    #[param(role = "endpoint", format = "url")]
    pub(crate) server_address: String,
    /// The query. It must come to a single value.
    #[param]
    pub(crate) query: String,
    /// More parameters for the request, as `name=value` pairs separated by commas.
    #[param(optional)]
    pub(crate) query_parameters: BTreeMap<String, String>,
    /// How much of the value one replica should have.
    #[param]
    pub(crate) threshold: f64,
    /// A greater value than this makes the trigger active.
    #[param(optional)]
    pub(crate) activation_threshold: f64,
    /// Namespace that the query is for, where the server separates them (Thanos Querier).
    #[param(optional)]
    pub(crate) namespace: String,
    /// Headers for the request, as `name=value` pairs separated by commas.
    #[param(optional)]
    pub(crate) custom_headers: BTreeMap<String, String>,
    /// Whether a query without a result, or with NaN or an infinity, comes to 0. Else it comes to
    /// nothing: the value is not known then.
    #[param(default = "true")]
    pub(crate) ignore_null_values: bool,
    /// Whether any certificate of the server is good enough.
    #[param(optional, role = "tls-skip-verify")]
    pub unsafe_ssl: bool,
    /// Region of Amazon's managed Prometheus. Of no use without an identity.
    #[param(from = "triggerMetadata, authParams", optional)]
    pub aws_region: String,
    /// How long the answer may take, as `1m30s` or in milliseconds. Without it three seconds.
    #[param(optional, role = "timeout")]
    pub(crate) timeout: Duration,
    /// Whose identity asks Amazon's managed Prometheus. Of no use without an identity.
    #[param(optional)]
    pub identity_owner: String,
}

impl Validate for Config {
    fn validate(&mut self, trigger: &Trigger, problems: &mut Problems) {
        if !problems.has("serverAddress")
            && let Err(text) = http::check_url(&self.server_address)
        {
            problems.add("serverAddress", text);
        }
        if self.auth.is_on() && identity(trigger).is_some() {
            problems.combined("pod identity cannot be enabled with other auth types");
        }
    }
}

/// The provider of the identity that the user asked for.
pub(crate) fn identity(trigger: &Trigger) -> Option<&str> {
    let provider = trigger.identity.as_ref()?.provider.as_str();
    (!matches!(provider, "" | "none")).then_some(provider)
}
