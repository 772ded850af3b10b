//! Pure scaling decisions: activation, cooldown, fallback, modifiers, HPA maths.

pub mod formula;
mod milli;
pub mod spec;
mod time;

pub use milli::Milli;
pub use time::Millis;
