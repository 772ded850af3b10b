use jiff::{Timestamp, ToSpan};

use crate::cron_scaler::schedule::{Schedule, zone};

/// The zones in which a schedule is looked at: plain, with changes of an hour and of half an hour.
const ZONES: [&str; 3] = ["UTC", "America/New_York", "Australia/Lord_Howe"];

/// Cron expressions behind a time (eight bytes). The next time is a full minute, comes after now, is
/// the next from any moment before it, and a time that is refused says why.
pub fn cron(data: &[u8]) {
    let Some((time, text)) = data.split_first_chunk::<8>() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let schedule: Schedule = match text.parse() {
        Ok(schedule) => schedule,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    // 1970 to 2106, with a fraction.
    let seconds = i64::from(u32::from_le_bytes([time[0], time[1], time[2], time[3]]));
    let nanoseconds = i32::from(time[4]) * 3_906_250;
    let zone = zone(ZONES[usize::from(time[5]) % ZONES.len()]).expect("it is bundled");
    let now = Timestamp::new(seconds, nanoseconds).expect("it is in range");
    let now = now.to_zoned_datetime(zone);
    let Some(next) = schedule.next(&now) else {
        return;
    };
    assert!(next > now, "{text:?}: {next} is not after {now}");
    assert_eq!((next.second(), next.subsec_nanosecond()), (0, 0), "{next}");
    let just_before = next.checked_sub(1.nanosecond()).expect("it is in range");
    assert_eq!(
        schedule.next(&just_before).as_ref(),
        Some(&next),
        "{text:?}"
    );
    let half = next.timestamp().as_second() / 2 + seconds / 2;
    let between = Timestamp::new(half.max(seconds), nanoseconds).expect("it is in range");
    if between > now.timestamp() && between < next.timestamp() {
        let between = between.to_zoned_datetime(now.time_zone().clone());
        let from_there = schedule.next(&between);
        assert_eq!(from_there.as_ref(), Some(&next), "{text:?} from {between}");
    }
}
