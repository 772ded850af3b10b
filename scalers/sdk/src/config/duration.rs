use std::time::Duration;

/// Reads `1h30m`, `1.5s`, `300ms` ... as Go does. `None` when it is not such a text or too long;
/// `Some(Err(()))` when it is negative.
pub(crate) fn parse(text: &str) -> Option<Result<Duration, ()>> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(Ok(Duration::ZERO));
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let number_end = rest
            .find(|c: char| c != '.' && !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(number_end);
        let unit_end = tail
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        total = total.checked_add(nanoseconds(number, unit_nanoseconds(unit)?)?)?;
        rest = tail;
    }
    // Go's durations are signed 64-bit nanoseconds.
    if total > i64::MAX as u64 {
        return None;
    }
    Some(if negative && total > 0 {
        Err(())
    } else {
        Ok(Duration::from_nanos(total))
    })
}

fn unit_nanoseconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// `number` is digits with at most one point and at least one digit.
fn nanoseconds(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    // Digits beyond the 15th of a fraction are below a nanosecond even for hours.
    let digits = &fraction[..fraction.len().min(15)];
    let part = if digits.is_empty() {
        0
    } else {
        let scale = 10_u128.pow(u32::try_from(digits.len()).ok()?);
        u64::try_from(digits.parse::<u128>().ok()? * u128::from(unit) / scale).ok()?
    };
    whole.checked_mul(unit)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, milliseconds) in [
            ("0", 0),
            ("30s", 30_000),
            ("1m30s", 90_000),
            ("1.5h", 5_400_000),
            (".5s", 500),
            ("5.s", 5_000),
            ("+2ms", 2),
            ("1h0m0s", 3_600_000),
            ("-0s", 0),
        ] {
            let expected = Some(Ok(Duration::from_millis(milliseconds)));
            assert_eq!(parse(text), expected, "{text}");
        }
        assert_eq!(parse("1µs"), Some(Ok(Duration::from_micros(1))));
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for text in [
            "",
            "5",
            "s",
            ".s",
            "1.2.3s",
            "1d",
            "1 s",
            "1s ",
            "+",
            "99999999h",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("-1s"), Some(Err(())));
    }
}
