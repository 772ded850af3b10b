use scaler_sdk::{Problems, Trigger, TriggerConfig, Validate};

/// The kind that is not read.
pub(crate) const SECRET: &str = "Secret";

/// The parameters.
#[derive(Debug, TriggerConfig)]
#[config(validate)]
pub struct Config {
    /// What holds the number. `Secret` is understood and refused: scalers read no Secrets.
    #[param(allowed = "ConfigMap, Secret")]
    pub(crate) resource_kind: String,
    /// Its name, in the object's own namespace.
    #[param(role = "config-map")]
    pub(crate) resource_name: String,
    /// The key in its `data`.
    #[param]
    pub(crate) key: String,
    /// What is written there: a number alone, or a document with one in it.
    #[param(default = "number", allowed = "number, json, yaml")]
    pub(crate) format: String,
    /// Where in the document the number is. For `json` a GJSON path such as
    /// `queues.#(name=="orders").length`; for `yaml` names and positions from 0 with dots between
    /// them, such as `queues.0.length`.
    #[param(optional)]
    pub(crate) value_location: String,
    /// How the number is written: `int64` leaves out what is after the point, `quantity` is as
    /// Kubernetes writes it, such as `100m` or `1Ki`.
    #[param(default = "float64", allowed = "float64, int64, quantity")]
    pub(crate) value_type: String,
    /// How much of the number one replica should have.
    #[param]
    pub(crate) target_value: f64,
    /// A greater number than this makes the trigger active.
    #[param(default = "0")]
    pub(crate) activation_target_value: f64,
}

impl Config {
    pub(crate) fn metric_name(&self) -> String {
        let kind = self.resource_kind.to_lowercase();
        format!("{kind}-{}-{}", self.resource_name, self.key)
    }
}

impl Validate for Config {
    fn validate(&mut self, trigger: &Trigger, problems: &mut Problems) {
        let is_useless = self.target_value <= 0.0 && !trigger.as_metric_source;
        if is_useless && !problems.has("targetValue") {
            problems.add("targetValue", "targetValue must be a float greater than 0");
        }
        let has_location = !self.value_location.is_empty();
        if problems.has("format") || problems.has("valueLocation") {
            return;
        }
        match (self.format.as_str(), has_location) {
            ("number", true) => problems.add(
                "valueLocation",
                "valueLocation is only supported with json or yaml format",
            ),
            (format @ ("json" | "yaml"), false) => {
                let text = format!("valueLocation is required for {format} format");
                problems.add("valueLocation", text);
            }
            _ => {}
        }
    }
}
