//! Counts the workers from outside, without asking penstock.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// How many of the workers that wrote their process ids into `folder` are running.
pub(crate) fn running(folder: &Path) -> usize {
    ids(folder).into_iter().filter(|id| is_running(*id)).count()
}

/// Ends those that are still running: what penstock left behind must not stay.
pub(crate) fn end(folder: &Path) {
    for id in ids(folder).into_iter().filter(|id| is_running(*id)) {
        signal("-KILL", id);
    }
}

/// Asks the process to end.
pub(crate) fn terminate(id: u32) {
    signal("-TERM", id);
}

fn ids(folder: &Path) -> Vec<u32> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect()
}

fn is_running(id: u32) -> bool {
    // Linux tells more than a signal can: whether it ended and only its parent has not noticed.
    match fs::read_to_string(format!("/proc/{id}/stat")) {
        Ok(stat) => !has_ended(&stat),
        Err(_) if Path::new("/proc/self").exists() => false,
        Err(_) => signal("-0", id),
    }
}

/// Whether `/proc/<id>/stat` is that of a process that has ended. The state is the first word after
/// the program's name, which is in parentheses and may hold anything.
fn has_ended(stat: &str) -> bool {
    let state = stat.rsplit_once(')').map_or("", |(_, rest)| rest.trim());
    state.starts_with(['Z', 'X'])
}

/// `kill`, by the shell, since there is no safe call for it in the standard library.
fn signal(signal: &str, id: u32) -> bool {
    Command::new("sh")
        .args(["-c", &format!("kill {signal} {id}")])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_and_ended_processes_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        fs::write(folder.path().join(child.id().to_string()), "").unwrap();
        fs::write(folder.path().join("not-a-process"), "").unwrap();
        assert_eq!(running(folder.path()), 1);
        end(folder.path());
        child.wait().unwrap();
        assert_eq!(running(folder.path()), 0);
    }

    #[test]
    fn a_process_that_waits_to_be_noticed_has_ended() {
        assert!(has_ended("7 (sh) Z 1 7"));
        assert!(!has_ended("7 (a) Z) S 1 7"));
    }
}
