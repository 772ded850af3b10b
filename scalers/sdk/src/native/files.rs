use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use crate::Failure;
use crate::files::{Entry, EntryKind};

pub(crate) struct Directory {
    entries: fs::ReadDir,
    path: String,
}

pub(crate) fn open(path: &str) -> Result<Directory, Failure> {
    // A link could lead anywhere, so the host follows none, and neither does this.
    let is_link = fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_symlink());
    if is_link {
        return Err(Failure::rejected(format!("{path}: is a symbolic link")));
    }
    Ok(Directory {
        entries: fs::read_dir(path).map_err(|e| failure(path, &e))?,
        path: path.to_string(),
    })
}

impl Directory {
    pub(crate) fn next(&mut self) -> Option<Result<Entry, Failure>> {
        loop {
            let entry = match self.entries.next()? {
                Ok(entry) => entry,
                Err(error) => return Some(Err(failure(&self.path, &error))),
            };
            let metadata = match fs::symlink_metadata(Path::new(&self.path).join(entry.file_name()))
            {
                Ok(metadata) => metadata,
                // Taken away since it was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Some(Err(failure(&self.path, &error))),
            };
            let file_type = metadata.file_type();
            let kind = if file_type.is_file() {
                EntryKind::File
            } else if file_type.is_dir() {
                EntryKind::Directory
            } else if file_type.is_symlink() {
                EntryKind::SymbolicLink
            } else {
                EntryKind::Other
            };
            return Some(Ok(Entry {
                name: entry.file_name().to_string_lossy().into_owned(),
                kind,
                size: if file_type.is_file() {
                    metadata.len()
                } else {
                    0
                },
                modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            }));
        }
    }
}

fn failure(path: &str, error: &io::Error) -> Failure {
    let make = match error.kind() {
        io::ErrorKind::NotFound => Failure::not_found,
        io::ErrorKind::PermissionDenied => Failure::forbidden,
        io::ErrorKind::NotADirectory => Failure::rejected,
        _ => Failure::other,
    };
    make(format!("{path}: {}", error.to_string().to_lowercase()))
}
