//! What is remembered over restarts: JSON values by name, in one file of one directory. It is the engine's
//! [`operator_engine::port::StateStore`], by uid.
//!
//! One file for all, since creating one for each of 10,000 objects takes longer than asking their sources. A
//! killed process loses at most what it was just writing. Nothing is flushed to the disk: after a crash of the
//! whole machine the newest may be missing or damaged, which costs a cooldown's memory and nothing else.

mod former;
mod journal;
mod store;

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use journal::Journal;

/// A state directory, held by this process alone while this value lives.
#[derive(Debug)]
pub struct StateDirectory {
    root: PathBuf,
    journal: Mutex<Journal>,
    /// Locked until it is closed, by the kernel when need be.
    _lock: File,
}

/// Why a state directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another penstock uses it.
    #[error(
        "the state directory {} is in use by another penstock (process {owner}); \
         end that one, or give this one a directory of its own with --state-dir", .directory.display()
    )]
    InUse {
        /// The directory.
        directory: PathBuf,
        /// The other process, as far as it is known.
        owner: String,
    },
    /// A file or directory cannot be read or written.
    #[error("{}: {cause}", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// There is neither `$XDG_STATE_HOME` nor `$HOME`.
    #[error("no state directory is known, since $HOME is not set; name one with --state-dir")]
    NoHome,
}

impl StateError {
    /// Fixed PascalCase word for conditions and events.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "StateDirectoryInUse",
            Self::Io { .. } => "StateDirectoryUnusable",
            Self::NoHome => "NoStateDirectory",
        }
    }
}

/// `$XDG_STATE_HOME/penstock`, or `~/.local/state/penstock`. `variable` reads the environment.
///
/// # Errors
/// When neither variable is set.
pub fn default_directory(
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<PathBuf, StateError> {
    let given = |name: &str| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    given("XDG_STATE_HOME")
        // The specification has relative paths ignored.
        .filter(|path| path.is_absolute())
        .or_else(|| given("HOME").map(|home| home.join(".local/state")))
        .map(|base| base.join("penstock"))
        .ok_or(StateError::NoHome)
}

impl StateDirectory {
    /// Makes the directory where needed, for its owner alone, and takes its lock.
    ///
    /// # Errors
    /// When another process holds the lock, or the directory cannot be made.
    pub fn open(root: &Path) -> Result<Self, StateError> {
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |cause| StateError::Io { path, cause }
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(root)
            .map_err(failed(root))?;
        fs::set_permissions(root, fs::Permissions::from_mode(0o700)).map_err(failed(root))?;
        let path = root.join("lock");
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // Only for the message.
                let _ = lock.read_to_string(&mut owner);
                let owner = owner.trim().to_string();
                return Err(StateError::InUse {
                    directory: root.to_path_buf(),
                    owner,
                });
            }
            Err(TryLockError::Error(cause)) => return Err(StateError::Io { path, cause }),
        }
        lock.set_len(0)
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(failed(&path))?;
        let path = root.join("state.jsonl");
        let mut journal = Journal::open(&path).map_err(failed(&path))?;
        former::take_over(root, &mut journal).map_err(failed(root))?;
        Ok(Self {
            root: root.to_path_buf(),
            journal: Mutex::new(journal),
            _lock: lock,
        })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// What was last written under the name. What cannot be understood is set aside in a file whose
    /// name says so, and counts as none.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.journal().read(name).unwrap_or_else(|error| {
            tracing::warn!(name, path = %self.root.display(), %error, "state cannot be read");
            None
        })
    }

    /// Replaces what is remembered under the name.
    ///
    /// # Errors
    /// When it cannot be written; what was there stays.
    pub fn write<T: Serialize>(&self, name: &str, state: &T) -> Result<(), StateError> {
        self.journal().write(name, state).map_err(self.failed())
    }

    /// Forgets the name.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn remove(&self, name: &str) -> Result<(), StateError> {
        self.journal().remove(name).map_err(self.failed())
    }

    fn failed(&self) -> impl FnOnce(io::Error) -> StateError {
        |cause| StateError::Io {
            path: self.root.clone(),
            cause,
        }
    }

    /// What may have been interrupted is one write, whose line is then not known.
    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "scaledobject.default.orders";

    #[test]
    fn what_is_written_is_read_again_and_is_for_the_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("a/b");
        let state = StateDirectory::open(&root).unwrap();
        assert_eq!(state.read::<u32>(NAME), None);
        state.write(NAME, &7).unwrap();
        assert_eq!(state.read::<u32>(NAME), Some(7));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&root), 0o700);
        assert_eq!(mode(&root.join("state.jsonl")), 0o600);
        state.remove(NAME).unwrap();
        state.remove(NAME).unwrap();
        assert_eq!(state.read::<u32>(NAME), None);
    }

    #[test]
    fn a_second_penstock_is_refused_by_name_and_may_come_when_the_first_has_gone() {
        let root = tempfile::tempdir().unwrap();
        let first = StateDirectory::open(root.path()).unwrap();
        let error = StateDirectory::open(root.path()).unwrap_err();
        assert_eq!(error.reason(), "StateDirectoryInUse");
        assert!(
            error
                .to_string()
                .contains(&format!("process {}", std::process::id())),
            "{error}"
        );
        drop(first);
        StateDirectory::open(root.path()).unwrap();
    }

    #[test]
    fn the_default_directory_follows_xdg() {
        let with = |xdg: &str, home: &str| {
            let (xdg, home) = (OsString::from(xdg), OsString::from(home));
            default_directory(move |name| match name {
                "XDG_STATE_HOME" => Some(xdg.clone()),
                "HOME" => Some(home.clone()),
                _ => None,
            })
        };
        assert_eq!(with("/x", "/h").unwrap(), Path::new("/x/penstock"));
        assert_eq!(
            with("", "/h").unwrap(),
            Path::new("/h/.local/state/penstock")
        );
        assert_eq!(
            with("relative", "/h").unwrap(),
            Path::new("/h/.local/state/penstock")
        );
        assert_eq!(with("", "").unwrap_err().reason(), "NoStateDirectory");
    }
}
