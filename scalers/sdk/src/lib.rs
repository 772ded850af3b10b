//! Write a Penstock scaler in Rust.
//!
//! A scaler is a type that implements [`Scaler`]; its parameters are a struct that derives
//! [`TriggerConfig`]; [`export_scaler!`] makes a component of it. `scalers/README.md` shows the
//! whole of it in ten minutes.
//!
//! What a scaler may use is in [`http`], [`net`], [`files`], [`kube`], [`kv`], [`log`] and [`clock`]. Each
//! of them has a second implementation for ordinary programs, so that a scaler's tests need no component.

mod answer;
#[doc(hidden)]
pub mod bindings;
pub mod clock;
pub mod config;
#[doc(hidden)]
pub mod description;
#[doc(hidden)]
pub mod export;
mod failure;
pub mod files;
pub mod http;
pub mod kube;
pub mod kv;
pub mod log;
#[cfg(not(target_family = "wasm"))]
pub mod native;
pub mod net;
mod scaler;
mod shared;
mod trigger;

pub use bindings::penstock::scaler::types::{
    Checked, MetricSpec, MetricType, Naming, Number, ParameterError, PodIdentity, Reading, Sample,
    Unknown, UnknownReason,
};
pub use config::{FromParameter, Problems, Secret, TriggerConfig, UrlValues, Validate};
pub use export::{Component, Open};
pub use failure::Failure;
pub use scaler::Scaler;
pub use scaler_sdk_macros::{TriggerConfig, export_scaler};
pub use shared::Shared;
pub use trigger::Trigger;
