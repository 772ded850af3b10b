//! What is remembered over restarts: one JSON file an object in one directory.
//!
//! Files are replaced by renaming, so that a reader never sees half of one. They are not flushed to the
//! disk: after a crash of the whole machine the newest may be missing or damaged, which costs a
//! cooldown's memory and nothing else.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use operator_api::ObjectKey;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A state directory, held by this process alone while this value lives.
#[derive(Debug)]
pub struct StateDirectory {
    root: PathBuf,
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
        Ok(Self {
            root: root.to_path_buf(),
            _lock: lock,
        })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// What was last written for the object. A file that cannot be understood is set aside under a
    /// name that says so, and counts as none.
    pub fn read<T: DeserializeOwned>(&self, key: &ObjectKey) -> Option<T> {
        let path = self.file(key);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(object = %key, path = %path.display(), %error, "state cannot be read");
                return None;
            }
        };
        match serde_json::from_slice(&bytes) {
            Ok(state) => Some(state),
            Err(error) => {
                let aside = path.with_extension("json.corrupt");
                let moved = fs::rename(&path, &aside).is_ok();
                tracing::warn!(object = %key, path = %aside.display(), %error, moved,
                    "state cannot be understood and is set aside");
                None
            }
        }
    }

    /// Replaces what is remembered of the object.
    ///
    /// # Errors
    /// When the file cannot be written; the old one stays.
    pub fn write<T: Serialize>(&self, key: &ObjectKey, state: &T) -> Result<(), StateError> {
        let path = self.file(key);
        let new = path.with_extension("json.new");
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&new)?;
            file.write_all(&serde_json::to_vec_pretty(state)?)?;
            drop(file);
            fs::rename(&new, &path)
        };
        write().map_err(|cause| StateError::Io { path, cause })
    }

    /// Forgets the object.
    ///
    /// # Errors
    /// When its file cannot be removed.
    pub fn remove(&self, key: &ObjectKey) -> Result<(), StateError> {
        let path = self.file(key);
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                Err(StateError::Io { path, cause })
            }
            _ => Ok(()),
        }
    }

    /// Kinds and namespaces have no dots, so that names cannot meet; the reader of manifests admits no
    /// name that leaves the directory, and neither does this.
    fn file(&self, key: &ObjectKey) -> PathBuf {
        let safe = |text: &str| text.replace(['/', '\0'], "_");
        let kind = key.kind.to_lowercase();
        let name = format!(
            "{}.{}.{}.json",
            safe(&kind),
            safe(&key.namespace),
            safe(&key.name)
        );
        self.root.join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ObjectKey {
        ObjectKey::new("ScaledObject", None, "orders")
    }

    #[test]
    fn what_is_written_is_read_again_and_is_for_the_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("a/b");
        let state = StateDirectory::open(&root).unwrap();
        assert_eq!(state.read::<u32>(&key()), None);
        state.write(&key(), &7).unwrap();
        assert_eq!(state.read::<u32>(&key()), Some(7));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&root), 0o700);
        assert_eq!(mode(&root.join("scaledobject.default.orders.json")), 0o600);
        state.remove(&key()).unwrap();
        state.remove(&key()).unwrap();
        assert_eq!(state.read::<u32>(&key()), None);
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
    fn a_corrupt_file_is_set_aside_and_counts_as_none() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDirectory::open(root.path()).unwrap();
        state.write(&key(), &"text").unwrap();
        fs::write(
            root.path().join("scaledobject.default.orders.json"),
            "{\"a\"",
        )
        .unwrap();
        assert_eq!(state.read::<u32>(&key()), None);
        assert!(
            root.path()
                .join("scaledobject.default.orders.json.corrupt")
                .exists()
        );
        state.write(&key(), &7).unwrap();
        assert_eq!(state.read::<u32>(&key()), Some(7));
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
