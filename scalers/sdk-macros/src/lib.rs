//! Derive and export macros of the scaler SDK.
