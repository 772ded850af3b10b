//! The block of authentication parameters that HTTP scalers share: `authModes` and what each of
//! its modes needs.
//!
//! A scaler nests [`HttpAuth`] with `#[param(group, optional)]`; what a mode lacks is reported by
//! itself. Which modes it heeds, and in which order, is the scaler's own.

mod parameters;
mod validate;

pub use parameters::{HiddenValues, HttpAuth, Mode};
