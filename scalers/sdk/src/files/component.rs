use std::time::{Duration, SystemTime};

use super::{Entry, EntryKind};
use crate::Failure;
use crate::bindings::penstock::scaler::files::{self as host, Kind};

/// Entries fetched by one call: a call costs more than an entry.
const BATCH: u32 = 1024;

pub(super) struct Directory {
    handle: host::Directory,
    batch: std::vec::IntoIter<host::Entry>,
    ended: bool,
}

pub(super) fn open(path: &str) -> Result<Directory, Failure> {
    Ok(Directory {
        handle: host::open_directory(path)?,
        batch: Vec::new().into_iter(),
        ended: false,
    })
}

impl Directory {
    pub(super) fn next(&mut self) -> Option<Result<Entry, Failure>> {
        if self.batch.len() == 0 && !self.ended {
            match self.handle.next(BATCH) {
                Ok(batch) => {
                    self.ended = batch.is_empty();
                    self.batch = batch.into_iter();
                }
                Err(unknown) => {
                    self.ended = true;
                    return Some(Err(unknown.into()));
                }
            }
        }
        self.batch.next().map(|entry| Ok(entry.into()))
    }
}

impl From<host::Entry> for Entry {
    fn from(entry: host::Entry) -> Self {
        Self {
            name: entry.name,
            kind: match entry.kind {
                Kind::File => EntryKind::File,
                Kind::Directory => EntryKind::Directory,
                Kind::SymbolicLink => EntryKind::SymbolicLink,
                Kind::Other => EntryKind::Other,
            },
            size: entry.size,
            modified: SystemTime::UNIX_EPOCH + Duration::from_millis(entry.modified_ms),
        }
    }
}
