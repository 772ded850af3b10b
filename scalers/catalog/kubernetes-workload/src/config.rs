use scaler_sdk::{Problems, Trigger, TriggerConfig, Validate};

use crate::selector;

/// The parameters.
#[derive(Debug, TriggerConfig)]
#[config(validate)]
pub struct Config {
    /// Which pods count, such as `app=backend,tier in (a, b)`: those of the object's own namespace
    /// that have neither succeeded nor failed.
    #[param]
    pub(crate) pod_selector: String,
    /// How many pods one replica should have. May be left out where scaling modifiers use the
    /// trigger.
    #[param(default = "0")]
    pub(crate) value: f64,
    /// More pods than this make the trigger active.
    #[param(default = "0")]
    pub(crate) activation_value: f64,
    /// Whether the nodes that the pods are on are counted, instead of the pods.
    #[param(default = "false")]
    pub(crate) group_by_node: bool,
}

impl Validate for Config {
    fn validate(&mut self, trigger: &Trigger, problems: &mut Problems) {
        let is_useless = self.value <= 0.0 && !trigger.as_metric_source;
        if is_useless && !problems.has("value") {
            problems.add("value", "value must be a float greater than 0");
        }
        if !problems.has("podSelector")
            && let Err(fault) = selector::check(&self.pod_selector)
        {
            let text = format!("error parsing pod selector: {fault}");
            problems.add("podSelector", text);
        }
    }
}
