use scaler_sdk::{Problems, Trigger, TriggerConfig, Validate};

/// The parameters. Their doc comments are what users read.
#[derive(Debug, TriggerConfig)]
#[config(validate)]
pub struct Config {
    /// The server as `host:port`.
    #[param(
        from = "triggerMetadata, authParams, resolvedEnv",
        role = "endpoint",
        format = "host-port"
    )]
    pub(crate) address: String,
    /// The queue whose messages count.
    #[param]
    pub(crate) queue: String,
    /// How many messages one replica should have.
    #[param(default = "5")]
    pub(crate) length: i64,
    /// More messages than this make the trigger active.
    #[param(default = "0")]
    pub(crate) activation_length: i64,
}

impl Config {
    pub(crate) fn metric_name(&self) -> String {
        format!("{{name}}-{}", self.queue)
    }
}

impl Validate for Config {
    fn validate(&mut self, _: &Trigger, problems: &mut Problems) {
        if self.queue.contains(char::is_whitespace) {
            let text = format!("queue {:?} contains a space", self.queue);
            problems.add("queue", text);
        }
    }
}
