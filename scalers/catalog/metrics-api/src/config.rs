use std::time::Duration;

use scaler_protocols_http_auth::HttpAuth;
use scaler_sdk::{Problems, Trigger, TriggerConfig, Validate, http};

use crate::value;

/// The parameters.
#[derive(Debug, TriggerConfig)]
#[config(validate)]
pub struct Config {
    /// How much of the value one replica should have. May be left out where scaling modifiers use
    /// the trigger.
    #[param(optional)]
    pub(crate) target_value: f64,
    /// A greater value than this makes the trigger active.
    #[param(default = "0")]
    pub(crate) activation_target_value: f64,
    /// What to ask, such as `http://host:8080/stats`.
    #[param(role = "endpoint", format = "url")]
    pub(crate) url: String,
    /// What the answer is written in.
    #[param(default = "json", allowed = "prometheus, json, xml, yaml")]
    format: String,
    /// Where the number is. For `json` a GJSON path such as `queues.#(name=="orders").length`; for
    /// `yaml` and `xml` names and positions from 0 with dots between them, such as
    /// `queues.0.length`; for `prometheus` a metric with labels, such as
    /// `queue_length{queue="orders"}`.
    #[param]
    pub(crate) value_location: String,
    /// Whether any certificate of the server is good enough.
    #[param(default = "false", role = "tls-skip-verify")]
    pub unsafe_ssl: bool,
    /// Whether to ask each endpoint of the Kubernetes Service that the URL names instead of the
    /// Service. Not possible yet.
    #[param(default = "false")]
    pub(crate) aggregate_from_kube_service_endpoints: bool,
    /// What to make of the endpoints' values.
    #[param(default = "average", allowed = "average, sum, max, min")]
    pub aggregation_type: String,
    /// How long the answer may take, as `1m30s` or in milliseconds. Without it three seconds.
    #[param(optional, role = "timeout")]
    pub(crate) timeout: Duration,
    #[param(group, optional)]
    pub(crate) auth: HttpAuth,
    /// What the format's name stands for.
    pub(crate) read_as: value::Format,
}

impl Config {
    pub(crate) fn metric_name(&self) -> String {
        format!("metric-api-{}", self.value_location)
    }
}

impl Validate for Config {
    fn validate(&mut self, trigger: &Trigger, problems: &mut Problems) {
        let is_missing = self.target_value == 0.0 && !trigger.as_metric_source;
        if is_missing && !problems.has("targetValue") {
            problems.add("targetValue", "no targetValue given, or it is 0");
        }
        if !problems.has("url")
            && let Err(text) = http::check_url(&self.url)
        {
            problems.add("url", text);
        }
        self.read_as = value::Format::named(&self.format).unwrap_or_default();
        if !problems.has("valueLocation")
            && let Err(text) = self.read_as.check_location(&self.value_location)
        {
            problems.add("valueLocation", text);
        }
    }
}
