use std::time::{Duration, SystemTime};

use scaler_sdk::files::{self, Entry, EntryKind};
use scaler_sdk::{Failure, UnknownReason};

use crate::config::Config;

/// Directories below `directory` are entered this deep: a spool is flat or nearly so, and a loop
/// of mounts has no end.
const DEEPEST: usize = 8;

/// The files that count now.
pub(crate) fn files(config: &Config, now: SystemTime) -> Result<u64, Failure> {
    let newest = now.checked_sub(Duration::from_secs(config.minimum_age_seconds));
    count(config, &config.directory, newest, 0)
}

fn count(
    config: &Config,
    directory: &str,
    newest: Option<SystemTime>,
    depth: usize,
) -> Result<u64, Failure> {
    let entries = match files::read_directory(directory) {
        // Taken away since it was listed: so are its files.
        Err(Failure::Unknown(unknown))
            if depth > 0 && unknown.reason == UnknownReason::NotFound =>
        {
            return Ok(0);
        }
        other => other?,
    };
    let mut files = 0;
    for entry in entries {
        let entry = entry?;
        if entry.name.starts_with('.') && !config.include_hidden {
            continue;
        }
        match entry.kind {
            EntryKind::File if counts(config, &entry, newest) => files += 1,
            EntryKind::Directory if config.recursive && depth < DEEPEST => {
                let below = format!("{}/{}", directory.trim_end_matches('/'), entry.name);
                files += count(config, &below, newest, depth + 1)?;
            }
            _ => {}
        }
    }
    Ok(files)
}

fn counts(config: &Config, entry: &Entry, newest: Option<SystemTime>) -> bool {
    let matches = config
        .matcher
        .as_ref()
        .is_some_and(|m| m.matches(&entry.name));
    // An age without bounds (`None`) is one that no file has.
    let old_enough = config.minimum_age_seconds == 0 || newest.is_some_and(|n| entry.modified <= n);
    matches && old_enough
}
