//! Lines for the operator's log, attributed to the trigger.

use std::fmt::Display;

pub use crate::bindings::penstock::scaler::log::Level;

/// Writes a line. `message` is constant text, data goes into `fields`; no secrets.
pub fn write(level: Level, message: &'static str, fields: &[(&str, &dyn Display)]) {
    let fields: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_string(), value.to_string()))
        .collect();
    #[cfg(target_family = "wasm")]
    crate::bindings::penstock::scaler::log::write(level, message, &fields);
    #[cfg(not(target_family = "wasm"))]
    crate::native::keep_line(level, message, fields);
}

/// Of use to someone who looks into this scaler.
pub fn debug(message: &'static str, fields: &[(&str, &dyn Display)]) {
    write(Level::Debug, message, fields);
}

/// Of use to an operator.
pub fn info(message: &'static str, fields: &[(&str, &dyn Display)]) {
    write(Level::Info, message, fields);
}

/// Something unexpected that the scaler got around.
pub fn warn(message: &'static str, fields: &[(&str, &dyn Display)]) {
    write(Level::Warn, message, fields);
}

/// Something unexpected that it did not get around. What `poll` returns is logged by the host.
pub fn error(message: &'static str, fields: &[(&str, &dyn Display)]) {
    write(Level::Error, message, fields);
}
