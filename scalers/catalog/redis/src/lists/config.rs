use scaler_sdk::{Problems, Trigger, TriggerConfig, Validate};

use crate::endpoints::Endpoints;

/// The parameters.
#[derive(Debug, TriggerConfig)]
#[config(validate)]
pub struct Config {
    /// How many elements one replica should have.
    #[param(default = "5")]
    pub(super) list_length: i64,
    /// More elements than this make the trigger active.
    #[param(optional)]
    pub(super) activation_list_length: i64,
    /// The key of the list, set, sorted set or hash.
    #[param]
    pub(super) list_name: String,
    /// Number of the database that the key is in.
    #[param(optional)]
    database_index: i64,
    /// Whether to connect over TLS.
    #[param(names = "enableTLS")]
    enable_tls: Option<bool>,
    /// `enable` to connect over TLS, `disable` not to. Not together with `enableTLS`.
    #[param(from = "authParams", allowed = "enable, disable", optional)]
    tls: String,
    #[param(group, optional)]
    pub(super) endpoints: Endpoints,
    /// What the two parameters about TLS come to.
    pub(super) is_tls: bool,
}

impl Config {
    pub(super) fn metric_name(&self) -> String {
        format!("redis-{}", self.list_name)
    }

    /// Number of the database; without one, or with a negative one, the server's first.
    pub(super) fn database(&self) -> i64 {
        self.database_index.max(0)
    }
}

impl Validate for Config {
    fn validate(&mut self, _: &Trigger, problems: &mut Problems) {
        self.endpoints.validate(problems);
        if self.enable_tls.is_some() && !self.tls.is_empty() {
            problems.combined(
                "enableTLS of the trigger and tls of its authentication cannot be given together",
            );
        }
        self.is_tls = self.enable_tls.unwrap_or(self.tls == "enable");
    }
}
