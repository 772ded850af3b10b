//! Cron expressions of five fields, with the meaning that KEDA's users know (that of Go's
//! `robfig/cron`).
//!
//! Written here because the crates at hand mean something else by the same text: they take 7 for
//! Sunday, `L`, `W` and `#`, refuse `?` or `5/15`, or combine the two kinds of days differently
//! when one of them has a step.

mod field;
mod next;

use std::str::FromStr;

use jiff::tz::TimeZone;

pub(crate) use field::FieldError;
use field::{Bounds, Field};

/// The minutes at which something happens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// Its own time zone, instead of the trigger's.
    zone: Option<TimeZone>,
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
}

/// Not a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScheduleError {
    #[error("descriptors such as {0:?} are not accepted, only five fields")]
    Descriptor(String),
    #[error("{0:?} is no time zone of the IANA database")]
    Zone(String),
    #[error("expected 5 fields, found {0}")]
    Count(usize),
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let prefixed = text
            .strip_prefix("CRON_TZ=")
            .or_else(|| text.strip_prefix("TZ="));
        let (own_zone, text) = match prefixed {
            Some(rest) => {
                let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let found = zone(name).ok_or_else(|| ScheduleError::Zone(name.to_string()))?;
                (Some(found), rest.trim())
            }
            None => (None, text),
        };
        if text.starts_with('@') {
            return Err(ScheduleError::Descriptor(text.to_string()));
        }
        let fields: Vec<_> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return Err(ScheduleError::Count(fields.len()));
        };
        Ok(Self {
            zone: own_zone,
            minutes: Field::parse(minutes, &Bounds::MINUTES)?,
            hours: Field::parse(hours, &Bounds::HOURS)?,
            days: Field::parse(days, &Bounds::DAYS)?,
            months: Field::parse(months, &Bounds::MONTHS)?,
            weekdays: Field::parse(weekdays, &Bounds::WEEKDAYS)?,
        })
    }
}

/// The time zone of that name in the IANA database.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    // The operator's own, which in a cluster is this one.
    if name == "Local" {
        return Some(TimeZone::UTC);
    }
    TimeZone::get(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_schedule_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "expected 5 fields, found 0"),
            ("* * * *", "found 4"),
            ("0 * * * * *", "found 6"),
            ("@every 1h", "descriptors"),
            ("@daily", "descriptors"),
            ("TZ=Mars * * * * *", "\"Mars\""),
            ("CRON_TZ=UTC", "found 0"),
            ("TZ=UTC @daily", "descriptors"),
            ("-30 * * * *", "\"-30\""),
            ("60 * * * *", "60 is above 59"),
            ("* 24 * * *", "24 is above 23"),
            ("* * 0 * *", "0 is below 1"),
            ("* * * 13 *", "13 is above 12"),
            ("* * * * 7", "7 is above 6"),
            ("30-20 * * * *", "30 is beyond 20"),
            ("*/0 * * * *", "step"),
            ("1-2-3 * * * *", "hyphens"),
            ("1/2/3 * * * *", "slashes"),
            ("* * * foo *", "\"foo\""),
            ("* * * jan-foo *", "\"foo\""),
            ("1.5 * * * *", "\"1.5\""),
            ("* * L * *", "\"L\""),
            ("* * * * 5#3", "\"5#3\""),
            ("mon * * * *", "\"mon\""),
        ] {
            let error = text.parse::<Schedule>().expect_err(text).to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
