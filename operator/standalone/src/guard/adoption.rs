//! The socket at which a guard waits for the next penstock.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Adoption;

/// A bound socket, whose file goes when this does.
pub(super) struct Inbox {
    listener: UnixListener,
    bound: Duration,
    path: PathBuf,
}

/// The part of it that waits.
pub(super) struct Waiting {
    listener: UnixListener,
    bound: Duration,
}

impl Inbox {
    /// Binds the socket, in place of one that an earlier guard left.
    pub(super) fn open(adoption: &Adoption) -> Result<Self, String> {
        let path = adoption.directory.join(&adoption.socket);
        let open = || -> io::Result<UnixListener> {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let (_directory, short) = short(&adoption.directory, &adoption.socket)?;
            UnixListener::bind(short)
        };
        let listener =
            open().map_err(|error| format!("adoption socket {}: {error}", path.display()))?;
        Ok(Self {
            listener,
            bound: Duration::from_millis(adoption.milliseconds),
            path,
        })
    }

    pub(super) fn share(&self) -> Option<Waiting> {
        Some(Waiting {
            listener: self.listener.try_clone().ok()?,
            bound: self.bound,
        })
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Waiting {
    /// The next penstock, if one comes in time.
    pub(super) fn next(&self) -> Option<UnixStream> {
        let timeout = Timespec {
            tv_sec: i64::try_from(self.bound.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: self.bound.subsec_nanos().into(),
        };
        let mut descriptors = [PollFd::new(&self.listener, PollFlags::IN)];
        match poll(&mut descriptors, Some(&timeout)) {
            Ok(ready) if ready > 0 => self.listener.accept().ok().map(|(stream, _)| stream),
            _ => None,
        }
    }
}

/// Asks the guard behind the socket for its replica.
///
/// # Errors
/// When no guard is there.
pub fn connect(directory: &Path, socket: &str) -> io::Result<UnixStream> {
    let (_directory, short) = short(directory, socket)?;
    UnixStream::connect(short)
}

/// A path for the socket that fits into the 108 bytes an address has, however deep the directory. It
/// holds while the file does.
fn short(directory: &Path, socket: &str) -> io::Result<(File, PathBuf)> {
    let directory = File::open(directory)?;
    let path = format!("/proc/self/fd/{}/{socket}", directory.as_fd().as_raw_fd());
    Ok((directory, path.into()))
}
