//! Cron: so many replicas from one time of a schedule to another.

mod config;
mod interval;
mod schedule;

use jiff::Timestamp;
use scaler_sdk::{Checked, Failure, MetricSpec, Reading, Scaler, Trigger, export_scaler};

use config::Config;

/// A daily, weekly ... interval.
#[derive(Debug)]
pub struct Cron {
    config: Config,
}

impl Scaler for Cron {
    type Config = Config;

    fn check(config: &Config, _: &Trigger) -> Checked {
        // The metric is the number of replicas itself, so that one each is the target.
        MetricSpec::new(config.metric_name(), 1).into()
    }

    fn open(config: Config, _: &Trigger) -> Result<Self, Failure> {
        Ok(Self { config })
    }

    fn poll(&mut self) -> Result<Reading, Failure> {
        let now = Timestamp::try_from(scaler_sdk::clock::now())
            .map_err(|e| Failure::other(format!("the clock is out of range: {e}")))?;
        let Config {
            starts,
            ends,
            zone,
            desired_replicas,
            ..
        } = &self.config;
        let now = now.to_zoned_datetime(zone.0.clone());
        let inside = interval::contains_now(&now, starts.next(&now), ends.next(&now));
        let replicas = if inside { *desired_replicas } else { 0 };
        Ok(Reading::of(self.config.metric_name(), replicas).active(inside))
    }
}

export_scaler!(Cron);

#[cfg(test)]
mod tests {
    #[test]
    fn all_cases_are_met() {
        scaler_testkit::run_cases::<super::Component>(env!("CARGO_MANIFEST_DIR"));
    }

    #[test]
    fn parameters_are_accepted_and_refused_as_in_keda() {
        scaler_testkit::run_keda_cases::<super::Component>("cron");
    }
}
