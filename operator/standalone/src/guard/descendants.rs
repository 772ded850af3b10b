//! All processes below this one, whatever group or session they moved to.

use std::collections::BTreeMap;
use std::fs;

use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};

/// Sends `signal` to each of them but those that `skip` names.
pub(super) fn signal(signal: Signal, skip: impl Fn(Pid) -> bool) {
    for (pid, parent) in descendants(getpid().as_raw_nonzero().get()) {
        let Some(pid) = Pid::from_raw(pid) else {
            continue;
        };
        if skip(pid) {
            continue;
        }
        // The descriptor holds on to the process; asking once more who its parent is rules out that
        // the number was given to another between the two looks.
        if let Ok(process) = pidfd_open(pid, PidfdFlags::empty())
            && stat(pid.as_raw_nonzero().get()).is_some_and(|(now, _)| now == parent)
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

/// Process to parent, for all below `root`.
///
/// The kernel's lists of children cost as much as there are descendants, so that a thousand guards
/// that end at once do not each read the whole of `/proc`. They may miss one while another ends; who
/// kills looks again until there is none. Kernels built without them have the whole table read.
fn descendants(root: i32) -> BTreeMap<i32, i32> {
    if !fs::exists(format!("/proc/{root}/task/{root}/children")).unwrap_or(false) {
        return below(root, &table());
    }
    let mut found = BTreeMap::new();
    let mut next = vec![root];
    while let Some(parent) = next.pop() {
        for child in children(parent) {
            // Numbers may change hands during the look, so that a cycle is thinkable.
            if child != root && found.insert(child, parent).is_none() {
                next.push(child);
            }
        }
    }
    found
}

/// Each thread has the children that it made.
fn children(pid: i32) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|list| {
            list.split_ascii_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Process to parent, for all processes.
fn table() -> BTreeMap<i32, i32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return BTreeMap::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter_map(|pid| Some((pid, stat(pid)?.0)))
        .collect()
}

fn below(root: i32, table: &BTreeMap<i32, i32>) -> BTreeMap<i32, i32> {
    let descends = |mut pid: i32| {
        for _ in 0..table.len() {
            match table.get(&pid) {
                Some(parent) if *parent == root => return true,
                Some(parent) => pid = *parent,
                None => return false,
            }
        }
        false
    };
    table
        .iter()
        .filter(|(pid, _)| descends(**pid))
        .map(|(pid, parent)| (*pid, *parent))
        .collect()
}

/// Parent and process group. The name in parentheses may hold anything, so fields count from its end.
fn stat(pid: i32) -> Option<(i32, i32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(") ")?.1.split(' ').skip(1);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    #[test]
    fn both_ways_to_look_find_a_child_and_a_grandchild() {
        let mut child = Command::new("sh")
            .args(["-c", "sleep 600 & echo $!; wait"])
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut output, &mut line).unwrap();
        let grandchild: i32 = line.trim().parse().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let this = getpid().as_raw_nonzero().get();
        for found in [descendants(this), below(this, &table())] {
            assert_eq!(found.get(&pid), Some(&this));
            assert_eq!(found.get(&grandchild), Some(&pid));
        }
        rustix::process::kill_process_group(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
        child.wait().unwrap();
    }
}
