/// What a field may hold.
pub(super) struct Bounds {
    least: u32,
    most: u32,
    /// Names of `least`, `least` + 1 ...
    names: &'static [&'static str],
}

impl Bounds {
    pub(super) const MINUTES: Self = Self::new(0, 59, &[]);
    pub(super) const HOURS: Self = Self::new(0, 23, &[]);
    pub(super) const DAYS: Self = Self::new(1, 31, &[]);
    pub(super) const MONTHS: Self = Self::new(
        1,
        12,
        &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    );
    pub(super) const WEEKDAYS: Self =
        Self::new(0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]);

    const fn new(least: u32, most: u32, names: &'static [&'static str]) -> Self {
        Self { least, most, names }
    }
}

/// A field that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FieldError {
    #[error("{0:?} in {1:?} is neither a number nor a name that this field has")]
    Number(String, String),
    #[error("{0:?} has too many hyphens")]
    Hyphens(String),
    #[error("{0:?} has too many slashes")]
    Slashes(String),
    #[error("the step of {0:?} must be at least 1")]
    Step(String),
    #[error("{0} is below {1} in {2:?}")]
    Below(u32, u32, String),
    #[error("{0} is above {1} in {2:?}")]
    Above(u32, u32, String),
    #[error("{0} is beyond {1} in {2:?}")]
    Beyond(u32, u32, String),
}

/// The values that a field allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Field {
    bits: u64,
    /// It has a `*` or `?` without a step: for days this means "whatever the other field says".
    pub(super) free: bool,
}

impl Field {
    /// Reads elements separated by commas. Empty elements mean nothing.
    pub(super) fn parse(text: &str, bounds: &Bounds) -> Result<Self, FieldError> {
        let mut field = Self::default();
        for element in text.split(',').filter(|element| !element.is_empty()) {
            field.add(element, bounds)?;
        }
        Ok(field)
    }

    pub(super) fn has(self, value: i8) -> bool {
        u32::try_from(value).is_ok_and(|value| self.bits >> value & 1 == 1)
    }

    /// Whether it allows nothing.
    pub(super) fn is_empty(self) -> bool {
        self.bits == 0
    }

    fn add(&mut self, element: &str, bounds: &Bounds) -> Result<(), FieldError> {
        let (range, step) = match element.split('/').collect::<Vec<_>>()[..] {
            [range] => (range, None),
            [range, step] => (range, Some(number(step, element)?)),
            _ => return Err(FieldError::Slashes(element.to_string())),
        };
        let ends: Vec<_> = range.split('-').collect();
        let free = matches!(ends[0], "*" | "?");
        let (start, end) = match ends[..] {
            _ if free => (bounds.least, bounds.most),
            // `5/15` goes on to the end: 5, 20, 35 ...
            [only] if step.is_some() => (value(only, bounds, element)?, bounds.most),
            [only] => (value(only, bounds, element)?, value(only, bounds, element)?),
            [start, end] => (value(start, bounds, element)?, value(end, bounds, element)?),
            _ => return Err(FieldError::Hyphens(element.to_string())),
        };
        let element = || element.to_string();
        if start < bounds.least {
            return Err(FieldError::Below(start, bounds.least, element()));
        }
        if end > bounds.most {
            return Err(FieldError::Above(end, bounds.most, element()));
        }
        if start > end {
            return Err(FieldError::Beyond(start, end, element()));
        }
        let step = step.unwrap_or(1);
        if step == 0 {
            return Err(FieldError::Step(element()));
        }
        for value in (start..=end).step_by(step as usize) {
            self.bits |= 1 << value;
        }
        self.free |= free && step == 1;
        Ok(())
    }
}

fn value(text: &str, bounds: &Bounds, element: &str) -> Result<u32, FieldError> {
    let lower = text.to_lowercase();
    match bounds.names.iter().position(|name| *name == lower) {
        Some(at) => Ok(bounds.least + u32::try_from(at).unwrap_or(0)),
        None => number(text, element),
    }
}

/// As Go reads it: leading zeros and a plus sign are fine.
fn number(text: &str, element: &str) -> Result<u32, FieldError> {
    text.parse()
        .map_err(|_| FieldError::Number(text.to_string(), element.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, bounds: &Bounds) -> Vec<i8> {
        let field = Field::parse(text, bounds).unwrap();
        (0..=59).filter(|v| field.has(*v)).collect()
    }

    #[test]
    fn elements_are_numbers_ranges_and_steps() {
        for (text, expected) in [
            ("5", &[5][..]),
            ("07", &[7]),
            ("+7", &[7]),
            ("1,3-5,,", &[1, 3, 4, 5]),
            ("5/15", &[5, 20, 35, 50]),
            ("10-20/4", &[10, 14, 18]),
            ("*/25", &[0, 25, 50]),
            ("?/25", &[0, 25, 50]),
            ("59/100", &[59]),
            (",", &[]),
        ] {
            assert_eq!(values(text, &Bounds::MINUTES), expected, "{text}");
        }
    }

    #[test]
    fn months_and_weekdays_have_names_in_any_case() {
        assert_eq!(values("JAN,feb-Apr", &Bounds::MONTHS), [1, 2, 3, 4]);
        assert_eq!(values("Mon-fri,0", &Bounds::WEEKDAYS), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_star_with_a_step_is_a_restriction() {
        for (text, free) in [
            ("*", true),
            ("?", true),
            ("*/1", true),
            ("*/2", false),
            ("1,*", true),
            ("1-31", false),
        ] {
            assert_eq!(
                Field::parse(text, &Bounds::DAYS).unwrap().free,
                free,
                "{text}"
            );
        }
    }
}
