use std::fmt;

use runtime_types::Number;
use serde::{Deserialize, Serialize};

/// A value in thousandths, as Kubernetes' autoscaler sees every metric and target.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Milli(pub i64);

impl Milli {
    /// A metric's value: the nearest thousandth, halves as the binary value decides (`%.3f`).
    /// Negative is 0. `None` for NaN and the infinities, which say nothing about the source.
    pub fn of_metric(number: Number) -> Option<Self> {
        let x = number.as_f64();
        if !x.is_finite() {
            return None;
        }
        if x <= 0.0 {
            return Some(Self(0));
        }
        if let Number::Whole(n) = number {
            return Some(Self(n.saturating_mul(1000)));
        }
        // Formatting decides ties by the exact binary value; multiplying first would round twice.
        let text = format!("{x:.3}");
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, "000"));
        let whole: i64 = whole.parse().unwrap_or(i64::MAX);
        let fraction: i64 = fraction.parse().unwrap_or(0);
        Some(Self(whole.saturating_mul(1000).saturating_add(fraction)))
    }

    /// A computed value (formula, fallback, modifiers' target): cut to thousandths, sign kept.
    /// `None` for NaN and the infinities.
    pub fn cut(x: f64) -> Option<Self> {
        // `as` saturates, which is what a value beyond 64 bits should become.
        #[allow(clippy::cast_possible_truncation)]
        x.is_finite().then_some(Self((x * 1000.0) as i64))
    }

    /// The value in the metric's own unit.
    #[allow(clippy::cast_precision_loss)]
    pub fn as_f64(self) -> f64 {
        // Multiplied, not divided: that is how Kubernetes turns a quantity into a float, and the
        // last digit differs.
        self.0 as f64 * 1e-3
    }
}

/// Decimal text without trailing zeros, such as `2.5`.
impl fmt::Display for Milli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / 1000, self.0.unsigned_abs() % 1000);
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        let fraction = format!("{rest:03}");
        write!(f, "{sign}{whole}.{}", fraction.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_rounded_to_thousandths() {
        let of = |x| Milli::of_metric(Number::Real(x)).map(|m| m.0);
        assert_eq!(of(12.345), Some(12345));
        assert_eq!(of(0.0005), Some(1));
        assert_eq!(of(0.0004), Some(0));
        assert_eq!(of(1e30), Some(i64::MAX));
    }

    #[test]
    fn a_negative_metric_is_zero() {
        assert_eq!(Milli::of_metric(Number::Real(-3.0)), Some(Milli(0)));
        assert_eq!(Milli::of_metric(Number::Whole(-3)), Some(Milli(0)));
    }

    #[test]
    fn what_is_not_finite_is_no_metric() {
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Milli::of_metric(Number::Real(x)), None);
            assert_eq!(Milli::cut(x), None);
        }
    }

    #[test]
    fn a_computed_value_is_cut_and_may_be_negative() {
        assert_eq!(Milli::cut(2.9999), Some(Milli(2999)));
        assert_eq!(Milli::cut(-1.5), Some(Milli(-1500)));
    }

    #[test]
    fn text_has_no_trailing_zeros() {
        for (milli, text) in [(2500, "2.5"), (-1, "-0.001"), (5000, "5"), (0, "0")] {
            assert_eq!(Milli(milli).to_string(), text);
        }
    }
}
