//! Trigger type `prometheus`: the value of an instant query.

mod answer;
mod config;
mod scaler;
mod timestamp;

pub use scaler::Prometheus;

scaler_sdk::export_scaler!(Prometheus);

#[cfg(test)]
mod tests {
    #[test]
    fn all_cases_are_met() {
        scaler_testkit::run_cases::<super::Component>(env!("CARGO_MANIFEST_DIR"));
    }

    #[test]
    fn parameters_are_accepted_and_refused_as_in_keda() {
        scaler_testkit::run_keda_cases::<super::Component>("prometheus");
    }
}
