//! Trigger type `kubernetes-resource`: a number in a ConfigMap of the object's own namespace.

mod config;
mod number;

use scaler_sdk::{Checked, Failure, MetricSpec, Reading, Scaler, Trigger, export_scaler, kube};

use config::{Config, SECRET};

/// Why a Secret is not read.
const NO_SECRETS: &str =
    "cannot be Secret: scalers read no Secrets; a number can be kept in a ConfigMap";

/// A ConfigMap.
#[derive(Debug)]
pub struct KubernetesResource {
    config: Config,
}

impl Scaler for KubernetesResource {
    type Config = Config;

    fn check(config: &Config, _: &Trigger) -> Checked {
        let checked: Checked = MetricSpec::new(config.metric_name(), config.target_value)
            .activation(config.activation_target_value)
            .into();
        match config.resource_kind == SECRET {
            true => checked.notice(format!("resourceKind {NO_SECRETS}")),
            false => checked,
        }
    }

    fn open(config: Config, _: &Trigger) -> Result<Self, Failure> {
        if config.resource_kind == SECRET {
            let text = format!("resourceKind {NO_SECRETS}");
            return Err(Failure::config("resourceKind", text));
        }
        Ok(Self { config })
    }

    fn poll(&mut self) -> Result<Reading, Failure> {
        let config = &self.config;
        let (name, key) = (&config.resource_name, &config.key);
        let Some(text) = kube::config_map_value(name, key)? else {
            let text = format!("ConfigMap {name:?} has no key {key:?}");
            return Err(Failure::not_found(text));
        };
        let number = number::find(&text, config)
            .map_err(|failure| failure.within(format!("ConfigMap {name:?}, key {key:?}")))?;
        Ok(Reading::of(config.metric_name(), number))
    }
}

export_scaler!(KubernetesResource);

#[cfg(test)]
mod tests {
    #[test]
    fn all_cases_are_met() {
        scaler_testkit::run_cases::<super::Component>(env!("CARGO_MANIFEST_DIR"));
    }

    #[test]
    fn parameters_are_accepted_and_refused_as_in_keda() {
        scaler_testkit::run_keda_cases::<super::Component>("kubernetes-resource");
    }
}
