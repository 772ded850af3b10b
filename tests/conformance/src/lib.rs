//! KEDA's own test cases, as data, against `penstock trigger check|poll --stdin`.
//!
//! The cases lie outside of this repository, in the folder that `PENSTOCK_FIXTURES` names
//! (`../shared/fixtures` beside the workspace unless it is set). Each is turned into a line of the
//! command's input ([`question`]), and its answer is held against what KEDA expects ([`judge`]).
//! A source that a case describes is played by a [`stub`], and what amounts to asking one becomes
//! that ([`translate`]). What agreed is held against
//! `counts.toml`, what must not be changed is listed in `kept.toml` ([`Ledger`]).
//!
//! What a black box cannot be given (calls of KEDA's internal functions, replaced functions, the
//! process's environment, the clock) is left out and counted with its reason.

pub mod condition;
mod fixtures;
pub mod judge;
mod ledger;
mod program;
pub mod question;
pub mod stub;
pub mod translate;

pub use fixtures::{Fixtures, TypeCases, crate_folder};
pub use judge::Verdict;
pub use ledger::{Ledger, Section, Tally};
pub use program::{Program, types};
