use jiff::ZonedDateTime;

/// Whether `now` lies between a start and an end, told by the next of each alone. `None`: there
/// is none within five years.
///
/// If the end comes first, a start came before it: inside. If the start comes first, outside.
/// What is left is settled as KEDA settles it: at one and the same instant the end counts as
/// the first; a schedule that never comes counts as long past, so that without a start it is
/// always inside (while there is an end) and without an end never.
pub(crate) fn contains_now(
    now: &ZonedDateTime,
    start: Option<ZonedDateTime>,
    end: Option<ZonedDateTime>,
) -> bool {
    match (start, end) {
        (Some(start), Some(end)) => start >= end && *now < end,
        (None, Some(end)) => *now < end,
        // Both long past: `now` is after such a start.
        (None, None) => true,
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_to_come_decides() {
        let at = |text: &str| Some(text.parse::<ZonedDateTime>().unwrap());
        let now = at("2026-03-01T12:00[UTC]").unwrap();
        let (soon, late) = (at("2026-03-01T13:00[UTC]"), at("2026-03-01T14:00[UTC]"));
        for (start, end, inside) in [
            (&soon, &late, false),
            (&late, &soon, true),
            (&soon, &soon, true),
            (&None, &soon, true),
            (&soon, &None, false),
            (&None, &None, true),
        ] {
            let found = contains_now(&now, start.clone(), end.clone());
            assert_eq!(found, inside, "{start:?} {end:?}");
        }
    }
}
