use scaler_sdk::Number;

/// Reads a quantity as Kubernetes writes it: a decimal number with a suffix of thousands (`n u m k
/// M G T P E`), of 1024s (`Ki` to `Ei`), or an exponent (`e3`, `E-3`).
pub fn parse(text: &str) -> Option<Number> {
    let end = text
        .char_indices()
        .find(|(i, c)| !(c.is_ascii_digit() || *c == '.' || (*i == 0 && "+-".contains(*c))))
        .map_or(text.len(), |(i, _)| i);
    let (number, suffix) = text.split_at(end);
    // At least one digit, at most one point: `5.` and `.5` are fine.
    let has_digit = number.bytes().any(|c| c.is_ascii_digit());
    if !has_digit || number.matches('.').count() > 1 {
        return None;
    }
    let scaled = match scale(suffix)? {
        Scale::Times(factor) => whole(number).and_then(|n| n.checked_mul(factor)),
        Scale::Ten(0) => whole(number),
        Scale::Ten(power) => u32::try_from(power)
            .ok()
            .and_then(|power| 10_i64.checked_pow(power))
            .and_then(|factor| whole(number)?.checked_mul(factor)),
    };
    if let Some(whole) = scaled {
        return Some(Number::Whole(whole));
    }
    let real = match scale(suffix)? {
        // Exact: the factor is a power of two.
        Scale::Times(factor) => number.parse::<f64>().ok()? * factor as f64,
        // Through text, so that 100m is the number nearest to 0.1.
        Scale::Ten(power) => format!("{number}e{power}").parse().ok()?,
    };
    Some(Number::Real(real))
}

fn whole(number: &str) -> Option<i64> {
    number.parse().ok()
}

enum Scale {
    Times(i64),
    Ten(i32),
}

fn scale(suffix: &str) -> Option<Scale> {
    Some(match suffix {
        "n" => Scale::Ten(-9),
        "u" => Scale::Ten(-6),
        "m" => Scale::Ten(-3),
        "" => Scale::Ten(0),
        "k" => Scale::Ten(3),
        "M" => Scale::Ten(6),
        "G" => Scale::Ten(9),
        "T" => Scale::Ten(12),
        "P" => Scale::Ten(15),
        "E" => Scale::Ten(18),
        "Ki" => Scale::Times(1 << 10),
        "Mi" => Scale::Times(1 << 20),
        "Gi" => Scale::Times(1 << 30),
        "Ti" => Scale::Times(1 << 40),
        "Pi" => Scale::Times(1 << 50),
        "Ei" => Scale::Times(1 << 60),
        _ => {
            let power = suffix.strip_prefix(['e', 'E'])?;
            Scale::Ten(power.parse().ok().filter(|p: &i32| p.abs() < 400)?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_kubernetes_reads_them() {
        for (text, number) in [
            ("0", Number::Whole(0)),
            ("+64", Number::Whole(64)),
            ("-3", Number::Whole(-3)),
            ("1k", Number::Whole(1000)),
            ("2Ki", Number::Whole(2048)),
            ("1e3", Number::Whole(1000)),
            ("1E", Number::Whole(1_000_000_000_000_000_000)),
            ("1E3", Number::Whole(1000)),
            ("100m", Number::Real(0.1)),
            ("2.5", Number::Real(2.5)),
            (".5", Number::Real(0.5)),
            ("5.", Number::Real(5.0)),
            ("1.5Ki", Number::Real(1536.0)),
            ("1e-3", Number::Real(0.001)),
            ("100E", Number::Real(1e20)),
        ] {
            assert_eq!(parse(text), Some(number), "{text}");
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "", " 1", "1 ", "NaN", "Inf", "1K", "1kk", "1ki", "1.2.3", ".", "-", "1e", "1e99999",
            "0x10", "1_000", "--1", "m",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
