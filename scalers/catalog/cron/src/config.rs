use jiff::tz::TimeZone;
use scaler_sdk::{Problems, Trigger, TriggerConfig, Validate};

use crate::schedule::{self, Schedule};

/// The parameters.
#[derive(Debug, TriggerConfig)]
#[config(validate)]
pub struct Config {
    /// When the interval starts: minute, hour, day of the month, month, day of the week.
    #[param]
    start: String,
    /// When it ends, in the same form.
    #[param]
    end: String,
    /// Whose clock the two follow: a name of the IANA database, such as `Europe/Paris`.
    #[param]
    timezone: String,
    /// How many replicas there should be within the interval.
    #[param]
    pub(crate) desired_replicas: i64,
    pub(crate) starts: Schedule,
    pub(crate) ends: Schedule,
    pub(crate) zone: Zone,
}

impl Config {
    pub(crate) fn metric_name(&self) -> String {
        let (start, end) = (plain(&self.start), plain(&self.end));
        format!("cron-{}-{start}-{end}", self.timezone)
    }
}

/// A time zone, UTC until it is known.
#[derive(Debug)]
pub(crate) struct Zone(pub(crate) TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

/// The characters that names of metrics do not have, spelled as users of KEDA know them.
fn plain(expression: &str) -> String {
    expression
        .replace(' ', "")
        .replace('*', "x")
        .replace('/', "Sl")
        .replace('?', "Qm")
        .replace(',', "Cm")
}

impl Validate for Config {
    fn validate(&mut self, _: &Trigger, problems: &mut Problems) {
        self.starts = read("start", &self.start, problems);
        self.ends = read("end", &self.end, problems);
        if !self.start.is_empty() && self.start == self.end {
            let text = format!("start and end are the same: {:?}", self.start);
            problems.combined(text);
        }
        if !self.timezone.is_empty() {
            match schedule::zone(&self.timezone) {
                Some(zone) => self.zone = Zone(zone),
                None => problems.add(
                    "timezone",
                    format!("{:?} is no time zone of the IANA database", self.timezone),
                ),
            }
        }
        if self.desired_replicas == 0 && !problems.has("desiredReplicas") {
            problems.add(
                "desiredReplicas",
                "desiredReplicas is 0: nothing to scale to",
            );
        }
    }
}

fn read(parameter: &str, expression: &str, problems: &mut Problems) -> Schedule {
    // Missing, which was reported.
    if expression.is_empty() {
        return Schedule::default();
    }
    expression.parse().unwrap_or_else(|error| {
        problems.add(parameter, format!("{parameter} {expression:?}: {error}"));
        Schedule::default()
    })
}
