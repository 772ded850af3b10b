//! One task per scaled object: poll, snapshot, decision, action.

pub mod port;
