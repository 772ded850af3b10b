use std::fmt;

use serde::{Deserialize, Serialize};

/// A number as an event source gave it, in the metric's own unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Number {
    /// A count; exact over the whole range.
    Whole(i64),
    /// A measurement.
    Real(f64),
}

impl Number {
    /// The nearest float. Counts beyond 2^53 lose their last digits.
    pub fn as_f64(self) -> f64 {
        match self {
            // The only lossy step, and the one the caller asks for.
            #[allow(clippy::cast_precision_loss)]
            Number::Whole(n) => n as f64,
            Number::Real(x) => x,
        }
    }

    /// False for NaN and the infinities, which say nothing about the source.
    pub fn is_finite(self) -> bool {
        self.as_f64().is_finite()
    }

    /// Whether this is strictly greater than `other`; two counts are compared exactly.
    pub fn exceeds(self, other: Number) -> bool {
        match (self, other) {
            (Number::Whole(a), Number::Whole(b)) => a > b,
            _ => self.as_f64() > other.as_f64(),
        }
    }
}

/// Shortest decimal text that reads back as the same number, never with an exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Whole(n) => n.fmt(f),
            Number::Real(x) => x.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn counts_beyond_two_to_the_53_compare_exactly() {
        let big = (1_i64 << 53) + 1;
        assert!(Number::Whole(big).exceeds(Number::Whole(big - 1)));
        assert!(!Number::Whole(big).exceeds(Number::Whole(big)));
    }

    #[test]
    fn text_is_exact_and_has_no_exponent() {
        assert_eq!(Number::Whole(i64::MAX).to_string(), "9223372036854775807");
        assert_eq!(Number::Real(0.1).to_string(), "0.1");
        assert_eq!(Number::Real(1e21).to_string(), "1000000000000000000000");
    }

    #[test]
    fn not_a_number_exceeds_nothing() {
        assert!(!Number::Real(f64::NAN).exceeds(Number::Whole(0)));
        assert!(!Number::Real(f64::NAN).is_finite());
    }
}
