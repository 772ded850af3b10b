use jiff::civil::Date;
use jiff::{ToSpan as _, ZonedDateTime};

use super::Schedule;

/// A schedule that does not come within this many years (30 February) never comes.
const YEARS: i16 = 5;

impl Schedule {
    /// The first minute of the schedule after `now`, on the clock of its own or `now`'s time zone.
    ///
    /// A time that a change of the clock skips does not happen that day; one that it repeats
    /// happens twice.
    pub(crate) fn next(&self, now: &ZonedDateTime) -> Option<ZonedDateTime> {
        // `,` is a field that allows nothing. To find that out minute by minute takes seconds.
        if self.minutes.is_empty() || self.hours.is_empty() {
            return None;
        }
        let local = self.zone.clone().map(|zone| now.with_time_zone(zone));
        let now = local.as_ref().unwrap_or(now);
        let last_year = now.year() + YEARS;
        let mut at = next_minute(now)?;
        while at.year() <= last_year {
            if !self.has_date(at.date()) {
                at = self
                    .next_date(at.date(), last_year)?
                    .to_zoned_datetime(at.time_zone().clone())
                    .ok()?;
            } else if !self.hours.has(at.hour()) {
                at = next_hour(&at)?;
            } else if !self.minutes.has(at.minute()) {
                at = at.checked_add(1.minute()).ok()?;
            } else {
                return Some(at);
            }
        }
        None
    }

    fn has_date(&self, date: Date) -> bool {
        if !self.months.has(date.month()) {
            return false;
        }
        let day = self.days.has(date.day());
        let weekday = self.weekdays.has(date.weekday().to_sunday_zero_offset());
        if self.days.free || self.weekdays.free {
            day && weekday
        } else {
            day || weekday
        }
    }

    fn next_date(&self, date: Date, last_year: i16) -> Option<Date> {
        let mut next = date.tomorrow().ok()?;
        while !self.has_date(next) {
            next = if self.months.has(next.month()) {
                next.tomorrow().ok()?
            } else {
                next.last_of_month().tomorrow().ok()?
            };
            if next.year() > last_year {
                return None;
            }
        }
        Some(next)
    }
}

/// The next full hour on the clock, or the first minute after a change of it.
fn next_hour(at: &ZonedDateTime) -> Option<ZonedDateTime> {
    let left = 60 - i64::from(at.minute());
    let next = at.checked_add(left.minutes()).ok()?;
    // A change by half an hour in between: step to it minute by minute, it is rare.
    if next.minute() == 0 {
        Some(next)
    } else {
        at.checked_add(1.minute()).ok()
    }
}

/// The first full minute after `now`. One that begins just now has come already.
fn next_minute(now: &ZonedDateTime) -> Option<ZonedDateTime> {
    let second = now
        .checked_add((1_000_000_000 - now.subsec_nanosecond()).nanoseconds())
        .ok()?;
    let left = (60 - second.second()) % 60;
    second.checked_add(left.seconds()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, now: &str) -> String {
        let schedule: Schedule = schedule.parse().unwrap();
        let now: ZonedDateTime = now.parse().unwrap();
        let next = schedule.next(&now);
        next.map_or("never".to_string(), |at| {
            at.strftime("%Y-%m-%d %H:%M %:z").to_string()
        })
    }

    #[test]
    fn the_next_time_is_after_now() {
        for (schedule, now, expected) in [
            (
                "0 12 * * *",
                "2026-01-01T12:00[UTC]",
                "2026-01-02 12:00 +00:00",
            ),
            (
                "0 12 * * *",
                "2026-01-01T11:59:59.999[UTC]",
                "2026-01-01 12:00 +00:00",
            ),
            (
                "0 12 * * *",
                "2026-01-01T12:00:00.5[UTC]",
                "2026-01-02 12:00 +00:00",
            ),
            (
                "* * * * *",
                "2026-12-31T23:59:59[UTC]",
                "2027-01-01 00:00 +00:00",
            ),
            (
                "30 8-17/3 * * mon-fri",
                "2026-01-02T17:31[UTC]",
                "2026-01-05 08:30 +00:00",
            ),
            (
                "0 0 29 2 *",
                "2026-01-01T00:00[UTC]",
                "2028-02-29 00:00 +00:00",
            ),
            ("0 0 30 2 *", "2026-01-01T00:00[UTC]", "never"),
            (", * * * *", "2026-01-01T00:00[UTC]", "never"),
            ("* ,, * * *", "2026-01-01T00:00[UTC]", "never"),
            (
                "0 0 31 * *",
                "2026-01-31T00:00[UTC]",
                "2026-03-31 00:00 +00:00",
            ),
            (
                "TZ=Asia/Tokyo 0 9 * * *",
                "2026-01-01T00:01[UTC]",
                "2026-01-02 09:00 +09:00",
            ),
            (
                "0 9 * * *",
                "2026-01-01T00:00+05:30[Asia/Kolkata]",
                "2026-01-01 09:00 +05:30",
            ),
        ] {
            assert_eq!(next(schedule, now), expected, "{schedule} after {now}");
        }
    }

    #[test]
    fn two_restricted_kinds_of_days_are_either_and_one_is_both() {
        // 2026-01-13 is a Tuesday, the first Friday is the 2nd.
        for (schedule, expected) in [
            ("0 0 13 * fri", "2026-01-02 00:00 +00:00"),
            ("0 0 13 * *", "2026-01-13 00:00 +00:00"),
            ("0 0 * * fri", "2026-01-02 00:00 +00:00"),
            ("0 0 */2 * fri", "2026-01-02 00:00 +00:00"),
            ("0 0 13,* * fri", "2026-01-02 00:00 +00:00"),
            ("0 0 ? * tue", "2026-01-06 00:00 +00:00"),
        ] {
            assert_eq!(
                next(schedule, "2026-01-01T00:00[UTC]"),
                expected,
                "{schedule}"
            );
        }
        assert_eq!(
            next("0 0 */2 * fri", "2026-01-02T00:00[UTC]"),
            "2026-01-03 00:00 +00:00"
        );
    }

    #[test]
    fn a_skipped_time_does_not_happen_and_a_repeated_one_happens_twice() {
        // New York: 2026-03-08 02:00 becomes 03:00, 2026-11-01 02:00 becomes 01:00.
        for (now, expected) in [
            (
                "2026-03-08T00:00[America/New_York]",
                "2026-03-09 02:30 -04:00",
            ),
            (
                "2026-03-07T02:00[America/New_York]",
                "2026-03-07 02:30 -05:00",
            ),
        ] {
            assert_eq!(next("30 2 * * *", now), expected);
        }
        for (now, expected) in [
            (
                "2026-11-01T00:00-04:00[America/New_York]",
                "2026-11-01 01:30 -04:00",
            ),
            (
                "2026-11-01T01:30-04:00[America/New_York]",
                "2026-11-01 01:30 -05:00",
            ),
            (
                "2026-11-01T01:30-05:00[America/New_York]",
                "2026-11-02 01:30 -05:00",
            ),
        ] {
            assert_eq!(next("30 1 * * *", now), expected);
        }
        // Lord Howe: 2026-10-04 02:00 becomes 02:30.
        assert_eq!(
            next("15 3 * * *", "2026-10-04T01:00[Australia/Lord_Howe]"),
            "2026-10-04 03:15 +11:00"
        );
        assert_eq!(
            next("45 2 * * *", "2026-10-04T01:00[Australia/Lord_Howe]"),
            "2026-10-04 02:45 +11:00"
        );
    }

    #[test]
    fn a_day_without_midnight_has_no_midnight() {
        // São Paulo: 2018-11-04 00:00 became 01:00.
        let now = "2018-11-03T12:00[America/Sao_Paulo]";
        assert_eq!(next("0 0 4 11 *", now), "2019-11-04 00:00 -03:00");
        assert_eq!(next("0 * 4 11 *", now), "2018-11-04 01:00 -02:00");
    }
}
