//! Text of Kubernetes quantities, byte for byte as its autoscaler and its API show them.
//!
//! Beside [`Milli`], which is what those texts hold: the runtime knows nothing of Kubernetes, and
//! the metrics API, which needs the same texts, sees this crate too.

use runtime_types::Number;

use crate::Milli;

/// The most digits that Kubernetes' parser keeps as they were written.
const KEPT_DIGITS: usize = 18;

/// The greatest value of a quantity: 2^63 - 1.
const GREATEST: i128 = i64::MAX as i128;

/// A target as the autoscaler's specification shows it: a whole number as an integer, a real one
/// in thousandths.
pub fn target(number: Number) -> String {
    match number {
        Number::Whole(n) => whole(n),
        Number::Real(x) => thousandths(x),
    }
}

/// An integer: `5`, `1k`, `1500`, `2500k`.
pub fn whole(n: i64) -> String {
    decimal(i128::from(n), 0)
}

/// A measurement, to the nearest thousandth: `12.345`, `1.500`, `5`, `500m`. What is not finite
/// or below 0 is `0`.
///
/// Text with a fraction stays as it is written with three decimals, unless it starts with a zero
/// or has too many digits: Kubernetes' parser remembers such text instead of making its own.
pub fn thousandths(x: f64) -> String {
    if !x.is_finite() || x <= 0.0 {
        return "0".to_string();
    }
    // Formatting decides ties by the exact binary value; multiplying first would round twice.
    let text = format!("{x:.3}");
    let digits = text.len() - 1;
    if digits <= KEPT_DIGITS && !text.starts_with('0') && !text.ends_with("000") {
        return text;
    }
    let all: String = text.chars().filter(char::is_ascii_digit).collect();
    let value = all.parse().unwrap_or(i128::MAX).min(GREATEST * 1000);
    decimal(value, -3)
}

/// A measurement that was cut to thousandths before: [`thousandths`] of the number it came from, up
/// to the greatest [`Milli`], where an autoscaler's own arithmetic ends too.
pub fn measured(value: Milli) -> String {
    if value.0 < 1000 || value.0 % 1000 == 0 || value.0.to_string().len() > KEPT_DIGITS {
        return milli(value.max(Milli(0)));
    }
    format!("{}.{:03}", value.0 / 1000, value.0 % 1000)
}

/// A computed value, such as a fallback's: `2500m`, `5`, `1k`.
pub fn milli(value: Milli) -> String {
    decimal(i128::from(value.0), -3)
}

/// A composite metric's value, which Kubernetes shows with an exponent: `2500e-3`, `5`, `12e3`.
pub fn exponent(value: Milli) -> String {
    match canonical(i128::from(value.0), -3) {
        (digits, 0) => digits.to_string(),
        (digits, exponent) => format!("{digits}e{exponent}"),
    }
}

fn decimal(value: i128, scale: i32) -> String {
    let (digits, exponent) = canonical(value, scale);
    let suffix = match exponent {
        -3 => "m",
        3 => "k",
        6 => "M",
        9 => "G",
        12 => "T",
        15 => "P",
        18 => "E",
        // Thousandths of at most 2^63: nothing else comes up.
        _ => "",
    };
    format!("{digits}{suffix}")
}

/// As few digits as an exponent that three divides leaves.
fn canonical(mut value: i128, mut exponent: i32) -> (i128, i32) {
    if value == 0 {
        return (0, 0);
    }
    while value % 1000 == 0 {
        value /= 1000;
        exponent += 3;
    }
    (value, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_lose_their_thousands_to_a_suffix() {
        for (n, text) in [
            (0, "0"),
            (5, "5"),
            (100, "100"),
            (1000, "1k"),
            (1500, "1500"),
            (2_500_000, "2500k"),
            (1_000_000_000_000_000_000, "1E"),
            (i64::MAX, "9223372036854775807"),
            (-1000, "-1k"),
        ] {
            assert_eq!(whole(n), text);
            assert_eq!(target(Number::Whole(n)), text);
        }
    }

    #[test]
    fn a_fraction_stays_as_it_is_written_with_three_decimals() {
        for (x, text) in [
            (12.345, "12.345"),
            (1.5, "1.500"),
            (42.5, "42.500"),
            (1000.5, "1000.500"),
            (100_000_000_000_000.5, "100000000000000.500"),
        ] {
            assert_eq!(thousandths(x), text);
            assert_eq!(target(Number::Real(x)), text);
        }
    }

    #[test]
    fn what_has_no_fraction_or_starts_with_zero_is_canonical() {
        for (x, text) in [
            (5.0, "5"),
            (10.0, "10"),
            (1000.0, "1k"),
            (1500.0, "1500"),
            (2_500_000.0, "2500k"),
            (0.5, "500m"),
            (0.001, "1m"),
            (0.0004, "0"),
            (1e18, "1E"),
        ] {
            assert_eq!(thousandths(x), text);
        }
    }

    #[test]
    fn too_many_digits_are_canonical_too() {
        assert_eq!(thousandths(1_000_000_000_000_000.5), "1000000000000000500m");
    }

    #[test]
    fn a_quantity_ends_at_the_greatest_there_is() {
        assert_eq!(thousandths(1e30), "9223372036854775807");
        assert_eq!(thousandths(f64::MAX), "9223372036854775807");
    }

    #[test]
    fn halves_go_as_the_binary_value_says() {
        assert_eq!(thousandths(2.0625), "2.062");
        assert_eq!(thousandths(2.1875), "2.188");
        assert_eq!(thousandths(2.0005), "2.001");
    }

    #[test]
    fn what_is_no_measurement_is_zero() {
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, -0.0, 0.0] {
            assert_eq!(thousandths(x), "0");
        }
    }

    #[test]
    fn a_measurement_cut_before_has_the_text_of_the_number_it_came_from() {
        for x in [
            0.0,
            0.001,
            0.0004,
            0.5,
            1.0,
            1.5,
            12.345,
            42.5,
            999.999,
            1000.0,
            1000.5,
            1500.0,
            2_500_000.0,
            2.0625,
            123_456_789_012.25,
            1_000_000_000_000_000.5,
            -3.0,
        ] {
            let cut = Milli::of_metric(Number::Real(x)).unwrap();
            assert_eq!(measured(cut), thousandths(x), "{x}");
        }
        assert_eq!(measured(Milli(-1)), "0");
    }

    #[test]
    fn computed_values_are_canonical_always() {
        for (value, suffixed, with_exponent) in [
            (2500, "2500m", "2500e-3"),
            (5000, "5", "5"),
            (1_000_000, "1k", "1e3"),
            (1_200_000, "1200", "1200"),
            (12_000_000, "12k", "12e3"),
            (0, "0", "0"),
            (-1500, "-1500m", "-1500e-3"),
        ] {
            assert_eq!(milli(Milli(value)), suffixed);
            assert_eq!(exponent(Milli(value)), with_exponent);
        }
    }
}
