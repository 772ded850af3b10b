use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::case::FolderEntry;

/// Makes the directory that `{dir}` stands for.
pub(crate) fn make(
    entries: &BTreeMap<String, FolderEntry>,
    now: SystemTime,
) -> io::Result<TempDir> {
    let folder = TempDir::new()?;
    for (name, entry) in entries {
        let path = folder.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(&path)?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        if let Some(target) = &entry.link {
            symlink(target, &path)?;
            continue;
        }
        fs::write(&path, &entry.text)?;
        let age = Duration::from_secs(entry.age_seconds.unwrap_or(0));
        fs::File::options()
            .append(true)
            .open(&path)?
            .set_modified(now - age)?;
    }
    Ok(folder)
}
