//! Trigger type `kubernetes-workload`: how many pods of the object's own namespace have certain labels.

mod config;
mod selector;

use scaler_sdk::{Checked, Failure, MetricSpec, Reading, Scaler, Trigger, export_scaler, kube};

use config::Config;

/// Pods that are counted.
#[derive(Debug)]
pub struct KubernetesWorkload {
    config: Config,
    metric: String,
}

impl Scaler for KubernetesWorkload {
    type Config = Config;

    fn check(config: &Config, trigger: &Trigger) -> Checked {
        MetricSpec::new(metric_name(trigger), config.value)
            .activation(config.activation_value)
            .into()
    }

    fn open(config: Config, trigger: &Trigger) -> Result<Self, Failure> {
        let metric = metric_name(trigger);
        Ok(Self { config, metric })
    }

    fn poll(&mut self) -> Result<Reading, Failure> {
        let selector = &self.config.pod_selector;
        let count = match self.config.group_by_node {
            true => kube::count_nodes(selector)?,
            false => kube::count_pods(selector)?,
        };
        Ok(Reading::of(&self.metric, count))
    }
}

fn metric_name(trigger: &Trigger) -> String {
    format!("workload-{}", trigger.namespace)
}

export_scaler!(KubernetesWorkload);

#[cfg(test)]
mod tests {
    #[test]
    fn all_cases_are_met() {
        scaler_testkit::run_cases::<super::Component>(env!("CARGO_MANIFEST_DIR"));
    }

    #[test]
    fn parameters_are_accepted_and_refused_as_in_keda() {
        scaler_testkit::run_keda_cases::<super::Component>("kubernetes-workload");
    }
}
