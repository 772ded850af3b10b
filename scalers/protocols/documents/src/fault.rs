use scaler_sdk::{Failure, Number};

/// What a text points to has to be a quantity.
///
/// # Errors
/// When it is none.
pub fn quantity(text: &str, location: &str) -> Result<Number, Failure> {
    crate::parse_quantity(text).ok_or_else(|| {
        Failure::malformed(format!(
            "valueLocation {location:?} points to a text that is no quantity"
        ))
    })
}

/// There is nothing.
pub fn nothing_at(location: &str) -> Failure {
    Failure::not_found(format!("valueLocation {location:?} points to nothing"))
}

/// There is `what`, such as `a list`.
pub fn no_number(location: &str, what: &str) -> Failure {
    Failure::malformed(format!(
        "valueLocation {location:?} must point to a number or to a text that is a quantity, not to {what}"
    ))
}
