//! Loads scaler components and polls them, sandboxed.
