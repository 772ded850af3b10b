//! Read-only directories, through cap-std: nothing outside a granted directory can be opened,
//! whatever links or `..` the path holds.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirEntry, ReadDir};
use runtime_types::{Unknown, UnknownReason};
use wasmtime::component::Resource;

use crate::abi::v1::files::{Entry, Host, HostDirectory, Kind};
use crate::abi::v1::{lower_unknown, types};
use crate::state::GuestState;

/// Entries of one answer; a directory of a million files comes in many.
const MOST_ENTRIES: u32 = 4096;

/// A directory that is being read.
// The generated bindings re-export it, so it cannot be less visible than they are.
#[allow(unreachable_pub)]
pub struct OpenDirectory {
    /// Taken while a blocking thread reads from it.
    entries: Option<ReadDir>,
    path: PathBuf,
}

impl Host for GuestState {
    async fn open_directory(
        &mut self,
        path: String,
    ) -> wasmtime::Result<Result<Resource<OpenDirectory>, types::Unknown>> {
        self.impure("files.open-directory")?;
        let asked = PathBuf::from(path);
        let Some(granted) = self.scope.grants.directory(&asked) else {
            let message = format!(
                "reading {} is not allowed here (see --allow-directory)",
                asked.display()
            );
            return Ok(Err(lower_unknown(Unknown::new(
                UnknownReason::Denied,
                message,
            ))));
        };
        let granted = granted.to_path_buf();
        let shown = asked.clone();
        let opened = blocking(move || open(&granted, &asked)).await?;
        Ok(match opened {
            Ok(entries) => Ok(self.table.push(OpenDirectory {
                entries: Some(entries),
                path: shown,
            })?),
            Err(error) => Err(unknown(&shown, &error)),
        })
    }
}

impl HostDirectory for GuestState {
    async fn next(
        &mut self,
        directory: Resource<OpenDirectory>,
        most: u32,
    ) -> wasmtime::Result<Result<Vec<Entry>, types::Unknown>> {
        let open = self.table.get_mut(&directory)?;
        let path = open.path.clone();
        let Some(mut entries) = open.entries.take() else {
            return Ok(Ok(Vec::new()));
        };
        let (entries, read) = blocking(move || {
            let read = read(&mut entries, most.clamp(1, MOST_ENTRIES));
            (entries, read)
        })
        .await?;
        self.table.get_mut(&directory)?.entries = Some(entries);
        Ok(read.map_err(|error| unknown(&path, &error)))
    }

    fn drop(&mut self, directory: Resource<OpenDirectory>) -> wasmtime::Result<()> {
        self.table.delete(directory)?;
        Ok(())
    }
}

/// File systems block: off the threads that run components.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> wasmtime::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|e| wasmtime::format_err!("reading a directory failed: {e}"))
}

fn open(granted: &Path, asked: &Path) -> std::io::Result<ReadDir> {
    let link = || {
        let message = "a symbolic link is not followed; name the directory it leads to";
        std::io::Error::new(ErrorKind::NotADirectory, message)
    };
    if std::fs::symlink_metadata(granted)?.is_symlink() {
        return Err(link());
    }
    let root = Dir::open_ambient_dir(granted, ambient_authority())?;
    match asked.strip_prefix(granted) {
        Ok(below) if !below.as_os_str().is_empty() => {
            if root.symlink_metadata(below)?.is_symlink() {
                return Err(link());
            }
            root.read_dir(below)
        }
        _ => root.entries(),
    }
}

fn read(entries: &mut ReadDir, most: u32) -> std::io::Result<Vec<Entry>> {
    let mut read = Vec::new();
    while read.len() < most as usize {
        match entries.next() {
            None => break,
            // An entry that went away between two system calls was never there.
            Some(entry) => match describe(&entry?) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                described => read.push(described?),
            },
        }
    }
    Ok(read)
}

fn describe(entry: &DirEntry) -> std::io::Result<Entry> {
    let metadata = entry.metadata()?;
    let kind = if metadata.is_symlink() {
        Kind::SymbolicLink
    } else if metadata.is_dir() {
        Kind::Directory
    } else if metadata.is_file() {
        Kind::File
    } else {
        Kind::Other
    };
    let modified = metadata.modified()?.into_std().duration_since(UNIX_EPOCH);
    Ok(Entry {
        name: entry.file_name().to_string_lossy().into_owned(),
        size: if metadata.is_file() {
            metadata.len()
        } else {
            0
        },
        modified_ms: modified
            .ok()
            .and_then(|since| u64::try_from(since.as_millis()).ok())
            .unwrap_or_default(),
        kind,
    })
}

fn unknown(path: &Path, error: &std::io::Error) -> types::Unknown {
    let reason = match error.kind() {
        ErrorKind::NotFound => UnknownReason::NotFound,
        ErrorKind::PermissionDenied => UnknownReason::Forbidden,
        ErrorKind::NotADirectory => UnknownReason::Rejected,
        _ => UnknownReason::Other,
    };
    lower_unknown(Unknown::new(reason, format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_read_in_pieces_and_links_are_reported_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        for i in 0..5 {
            std::fs::write(folder.path().join(format!("f{i}")), "abc").unwrap();
        }
        std::os::unix::fs::symlink("/", folder.path().join("link")).unwrap();
        let mut entries = open(folder.path(), folder.path()).unwrap();
        let mut all = read(&mut entries, 4).unwrap();
        assert_eq!(all.len(), 4);
        all.extend(read(&mut entries, 4).unwrap());
        assert_eq!(all.len(), 6);
        assert!(read(&mut entries, 4).unwrap().is_empty());
        let link = all.iter().find(|e| e.name == "link").unwrap();
        assert_eq!((link.kind, link.size), (Kind::SymbolicLink, 0));
        assert!(
            all.iter()
                .any(|e| e.name == "f0" && e.size == 3 && e.modified_ms > 0)
        );
        assert!(open(folder.path(), &folder.path().join("link")).is_err());
        assert!(open(folder.path(), &folder.path().join("link/etc")).is_err());
    }
}
