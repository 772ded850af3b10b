//! Output of the replica, line by line to its destination. The guard does it and not penstock, so that
//! a replica in its grace period can still write when penstock is gone.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::process::Child;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use super::Destination;

/// Longest line with its prefix; longer ones are cut into several. A pipe takes this much at once, so
/// that lines of several guards do not mix.
const MAX_LINE: usize = 4096;

/// The threads at work.
pub(super) struct Pumps {
    done: Receiver<()>,
    running: usize,
}

impl Pumps {
    /// Waits for the end of the output, but not for long: another process may hold on to it.
    pub(super) fn finish(self, bound: Duration) {
        let deadline = Instant::now() + bound;
        for _ in 0..self.running {
            if self
                .done
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
                .is_err()
            {
                return;
            }
        }
    }
}

/// Where the lines of one output go.
pub(super) type Sink = Box<dyn Write + Send>;

/// Opens the destination twice: for standard output and for standard error.
pub(super) fn sinks(destination: &Destination) -> Result<[Sink; 2], String> {
    let open = || -> Result<Sink, String> {
        Ok(match destination {
            Destination::File(path) => {
                let file = OpenOptions::new().append(true).create(true).open(path);
                Box::new(file.map_err(|error| format!("log file {}: {error}", path.display()))?)
            }
            Destination::Stdout | Destination::Discard => Box::new(std::io::stdout()),
        })
    };
    Ok([open()?, open()?])
}

pub(super) fn start(child: &mut Child, prefix: &str, sinks: [Sink; 2]) -> Pumps {
    let (finished, done) = mpsc::sync_channel(2);
    let mut running = 0;
    let outputs: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|pipe| Box::new(pipe) as _),
        child.stderr.take().map(|pipe| Box::new(pipe) as _),
    ];
    for (output, to) in outputs.into_iter().zip(sinks) {
        let Some(output) = output else { continue };
        let prefix = prefix.to_string();
        let finished = finished.clone();
        thread::spawn(move || {
            copy(output, prefix.as_bytes(), to);
            let _ = finished.send(());
        });
        running += 1;
    }
    Pumps { done, running }
}

fn copy(mut from: impl Read, prefix: &[u8], mut to: impl Write) {
    let room = MAX_LINE.saturating_sub(prefix.len() + 1).max(1);
    let mut chunk = [0; 8192];
    let mut line = Vec::with_capacity(room);
    let mut write = |line: &mut Vec<u8>| {
        let whole = [prefix, line, b"\n"].concat();
        // Nobody reads any more: the replica must not stall for that.
        let _ = to.write_all(&whole).and_then(|()| to.flush());
        line.clear();
    };
    loop {
        let length = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for byte in &chunk[..length] {
            if *byte == b'\n' {
                write(&mut line);
                continue;
            }
            line.push(*byte);
            if line.len() >= room {
                write(&mut line);
            }
        }
    }
    if !line.is_empty() {
        write(&mut line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_a_prefix_and_an_end_and_long_ones_are_cut() {
        let mut out = Vec::new();
        copy(&b"a\n\nlast"[..], b"w-0 | ", &mut out);
        assert_eq!(out, b"w-0 | a\nw-0 | \nw-0 | last\n");

        let mut out = Vec::new();
        copy(&vec![b'x'; 10_000][..], b"p ", &mut out);
        assert_eq!(out.iter().filter(|b| **b == b'x').count(), 10_000);
        assert!(out.split(|b| *b == b'\n').all(|line| line.len() < MAX_LINE));
    }
}
