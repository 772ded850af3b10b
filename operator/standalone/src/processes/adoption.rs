//! Replicas that an earlier penstock left.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::guard;

/// The name of the socket of the guard of this replica.
pub(super) fn socket(index: u32) -> String {
    format!("{index}.sock")
}

/// Those that wait in this directory, which is made where needed.
pub(super) fn waiting(directory: &Path) -> io::Result<Vec<(u32, UnixStream)>> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name();
        let index = name
            .to_str()
            .and_then(|n| n.strip_suffix(".sock")?.parse().ok());
        let Some(index) = index else { continue };
        // A socket without a guard refuses, and is replaced by the next one of its name.
        if let Ok(stream) = guard::connect(directory, &socket(index)) {
            found.push((index, stream));
        }
    }
    found.sort_by_key(|(index, _)| *index);
    Ok(found)
}
