//! Read-only access to the directories that the trigger's own parameters name (those with the
//! role `directory`).

use std::time::SystemTime;

use crate::Failure;
#[cfg(not(target_family = "wasm"))]
use crate::native::files as backend;

#[cfg(target_family = "wasm")]
mod component;
#[cfg(target_family = "wasm")]
use component as backend;

/// What an entry of a directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link; never followed.
    SymbolicLink,
    /// A socket, a pipe, a device.
    Other,
}

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name within its directory, without any slash.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes; 0 for what is not a file.
    pub size: u64,
    /// Last change.
    pub modified: SystemTime,
}

/// The entries of a directory, in no order.
pub struct Entries(backend::Directory);

impl Iterator for Entries {
    type Item = Result<Entry, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// Opens a directory to list it.
///
/// # Errors
/// `NotFound` when it does not exist, `Forbidden` or `Denied` when it may not be read, `Rejected`
/// when it is no directory.
pub fn read_directory(path: &str) -> Result<Entries, Failure> {
    backend::open(path).map(Entries)
}
