//! A small memory for one trigger: ETags, cursors, the last seen total. It outlives the instance
//! and a swap of the component, but not the trigger. A scaler must work when it is empty.

#[cfg(target_family = "wasm")]
use crate::bindings::penstock::scaler::kv as store;
#[cfg(not(target_family = "wasm"))]
use crate::native::kv as store;

pub use crate::bindings::penstock::scaler::kv::KvError;

/// The value last set for a key.
pub fn get(key: &str) -> Option<Vec<u8>> {
    store::get(key)
}

/// Sets the value of a key.
///
/// # Errors
/// Beyond 32 keys, 128 bytes in a key, or 16 KiB in all.
pub fn set(key: &str, value: &[u8]) -> Result<(), KvError> {
    store::set(key, value)
}

/// Forgets a key.
pub fn delete(key: &str) {
    store::delete(key);
}
