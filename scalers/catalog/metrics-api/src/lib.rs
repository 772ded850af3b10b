//! Trigger type `metrics-api`: one number out of what an HTTP endpoint answers.
//!
//! [`value::find`] knows the formats and nothing of HTTP; the rest knows HTTP and no format.

mod config;
mod scaler;
pub mod value;

pub use scaler::MetricsApi;

scaler_sdk::export_scaler!(MetricsApi);

#[cfg(test)]
mod tests {
    #[test]
    fn all_cases_are_met() {
        scaler_testkit::run_cases::<super::Component>(env!("CARGO_MANIFEST_DIR"));
    }

    #[test]
    fn parameters_are_accepted_and_refused_as_in_keda() {
        scaler_testkit::run_keda_cases::<super::Component>("metrics-api");
    }
}
