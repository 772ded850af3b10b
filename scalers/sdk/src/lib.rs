//! Write a Penstock scaler in Rust.
