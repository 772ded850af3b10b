//! Runs a scaler's cases natively and as a component.
