//! Counts the files in a directory.

mod config;
mod count;

use scaler_sdk::{Checked, Failure, MetricSpec, Reading, Scaler, Trigger, export_scaler};

use config::Config;

/// A directory whose files are work to do.
#[derive(Debug)]
pub struct Spool {
    config: Config,
}

impl Scaler for Spool {
    type Config = Config;

    fn check(config: &Config, _: &Trigger) -> Checked {
        MetricSpec::new(config.metric_name(), config.files_per_replica)
            .activation(config.activation_files)
            .into()
    }

    fn open(config: Config, _: &Trigger) -> Result<Self, Failure> {
        Ok(Self { config })
    }

    fn poll(&mut self) -> Result<Reading, Failure> {
        let files = count::files(&self.config, scaler_sdk::clock::now())?;
        Ok(Reading::of(self.config.metric_name(), files))
    }
}

export_scaler!(Spool);

#[cfg(test)]
mod tests {
    #[test]
    fn all_cases_are_met() {
        scaler_testkit::run_cases::<super::Component>(env!("CARGO_MANIFEST_DIR"));
    }
}
