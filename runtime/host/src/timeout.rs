use std::time::Duration;

use runtime_types::ParameterKind;

/// What a parameter with the role `timeout` comes to, if it is a time at all: bare numbers are
/// milliseconds, as in KEDA, and `1m30s` is read as Go does.
pub(crate) fn read(kind: ParameterKind, text: &str) -> Option<Duration> {
    let milliseconds = |text: &str| text.parse().ok().map(Duration::from_millis);
    let read = match kind {
        ParameterKind::Duration | ParameterKind::String => {
            milliseconds(text).or_else(|| units(text))
        }
        ParameterKind::Integer | ParameterKind::Number => milliseconds(text),
        _ => None,
    };
    read.filter(|time| !time.is_zero())
}

fn units(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let number = rest.find(|c: char| c != '.' && !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(number);
        let unit = tail
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let unit = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * unit).ok()?;
        total = total.checked_add(part)?;
        rest = tail;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_keda_reads_them() {
        let duration = |text| read(ParameterKind::Duration, text);
        assert_eq!(duration("1500"), Some(Duration::from_millis(1500)));
        assert_eq!(duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("0.5h"), Some(Duration::from_secs(1800)));
        assert_eq!(
            read(ParameterKind::Integer, "3000"),
            Some(Duration::from_secs(3))
        );
        for none in ["", "0", "0s", "-1s", "soon", "3 s", "1e400s", "3fortnights"] {
            assert_eq!(duration(none), None, "{none}");
        }
        assert_eq!(read(ParameterKind::Boolean, "1"), None);
    }
}
