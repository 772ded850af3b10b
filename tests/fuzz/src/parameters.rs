use std::time::Duration;

use scaler_sdk::{Secret, Trigger, TriggerConfig, UrlValues};

use crate::text::pairs;

/// In front of every secret: it must not come out again.
const CANARY: &str = "canary-d41d8cd9";

/// Every kind of parameter that an author can declare.
#[allow(dead_code)] // Its values matter to nobody.
#[derive(Debug, TriggerConfig)]
struct Config {
    /// Text.
    #[param(
        names = "text, alias",
        from = "triggerMetadata, authParams, resolvedEnv"
    )]
    text: String,
    /// A secret.
    #[param(from = "authParams", optional, secret)]
    password: Secret,
    /// A secret number.
    #[param(from = "authParams", secret)]
    pin: Option<i64>,
    /// Whole.
    #[param(default = "5")]
    whole: i64,
    /// Real.
    #[param(optional)]
    real: f64,
    /// Truth.
    #[param(optional)]
    truth: bool,
    /// One of these.
    #[param(allowed = "a, b", optional)]
    mode: String,
    /// At most one of b and c.
    #[param(exclusive = "b, c", separator = ";", optional)]
    modes: Vec<String>,
    /// With ranges.
    #[param(range, optional)]
    partitions: Vec<i32>,
    /// A time.
    #[param(default = "3s")]
    timeout: Duration,
    /// Of a URL.
    #[param(optional)]
    query: UrlValues,
}

/// A trigger's parameters, `NAME=VALUE` a line. A refusal names what it refuses, and no secret is in
/// it.
pub fn parameters(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut trigger = Trigger::default();
    for (name, value) in pairs(text) {
        match name.strip_prefix("auth.") {
            Some(name) => {
                let value = format!("{CANARY}{value}");
                trigger.auth_params.insert(name.to_string(), value);
            }
            None => {
                trigger.metadata.insert(name, value);
            }
        }
    }
    match Config::parse(&trigger) {
        Ok((config, notices)) => {
            assert!(!config.text.is_empty(), "a required text is empty");
            assert!(notices.iter().all(|notice| !notice.is_empty()));
            let shown = format!("{config:?}");
            assert!(
                !shown.contains(CANARY) || config.text.contains(CANARY),
                "{shown}"
            );
        }
        Err(errors) => {
            assert!(!errors.is_empty(), "refused without a reason");
            for error in errors {
                assert!(!error.message.is_empty());
                assert!(!error.message.contains(CANARY), "{}", error.message);
            }
        }
    }
}
