//! The time of day.

use std::time::SystemTime;

/// Now. In a component this is the host's clock, which a replay sets; natively
/// `native::fix_clock` sets it.
pub fn now() -> SystemTime {
    #[cfg(not(target_family = "wasm"))]
    if let Some(fixed) = crate::native::fixed_clock() {
        return fixed;
    }
    SystemTime::now()
}
