//! Checks that the tree keeps its shape.
//!
//! Each check is a function over plain data (a list of crates, a list of source files) that
//! returns what it found wrong, so that its own tests can show that it fails when it should.
//! `tests/tree.rs` runs all of them over the real tree.

mod calls;
mod catalog;
mod crates;
mod layers;
mod naming;
mod rules;
mod shape;
mod sources;
mod violation;

pub use catalog::{KINDS, ScalerFolder, complete_folders};
pub use crates::{Crate, Dependency, DependencyKind, read_crates};
pub use layers::{LAYERS, catalog_is_flat, lower_layers_only, walls};
pub use naming::{crate_name_for, names_follow_paths};
pub use rules::{no_bare_spawn, no_sleep_in_tests, no_unbounded_channel};
pub use shape::{
    MOST_LIB_LINES, MOST_LINES, no_forbidden_names, no_mod_rs, no_overlong_file, short_lib_rs,
};
pub use sources::{SourceFile, read_sources, workspace_root};
pub use violation::Violation;
