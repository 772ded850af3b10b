//! All processes below this one, whatever group or session they moved to.

use std::collections::BTreeMap;
use std::fs;

use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};

/// Sends `signal` to each of them but those that `skip` names.
pub(super) fn signal(signal: Signal, skip: impl Fn(Pid) -> bool) {
    let parents = parents();
    for (pid, parent) in &parents {
        if !descends(&parents, *pid) {
            continue;
        }
        let Some(pid) = Pid::from_raw(*pid) else {
            continue;
        };
        if skip(pid) {
            continue;
        }
        // The descriptor holds on to the process; asking once more who its parent is rules out that
        // the number was given to another between the two looks.
        if let Ok(process) = pidfd_open(pid, PidfdFlags::empty())
            && stat(pid.as_raw_nonzero().get()).is_some_and(|(now, _)| now == *parent)
        {
            // It may have ended by itself.
            let _ = pidfd_send_signal(&process, signal);
        }
    }
}

/// The process group of `pid`.
pub(super) fn group(pid: Pid) -> Option<Pid> {
    stat(pid.as_raw_nonzero().get()).and_then(|(_, group)| Pid::from_raw(group))
}

/// Process to parent, for all processes.
fn parents() -> BTreeMap<i32, i32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return BTreeMap::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter_map(|pid| Some((pid, stat(pid)?.0)))
        .collect()
}

/// Parent and process group. The name in parentheses may hold anything, so fields count from its end.
fn stat(pid: i32) -> Option<(i32, i32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(") ")?.1.split(' ').skip(1);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn descends(parents: &BTreeMap<i32, i32>, mut pid: i32) -> bool {
    let this = getpid().as_raw_nonzero().get();
    // Numbers may change hands during the look, so that a cycle is thinkable.
    for _ in 0..parents.len() {
        match parents.get(&pid) {
            Some(parent) if *parent == this => return true,
            Some(parent) => pid = *parent,
            None => return false,
        }
    }
    false
}
