use std::io;
use std::time::Duration;

use crate::Failure;
use crate::bindings::penstock::scaler::tls::{self, Connection};
use crate::bindings::penstock::scaler::types::Unknown;
use crate::bindings::wasi::clocks::monotonic_clock;
use crate::bindings::wasi::io::poll::{self, Pollable};
use crate::bindings::wasi::io::streams::StreamError;

/// As much as one `blocking-write-and-flush` takes.
const MOST_WRITTEN: usize = 4096;

/// Bounds one read's allocation on the host's side.
const MOST_READ: usize = 64 * 1024;

pub(super) struct TlsStream {
    connection: Connection,
    timeout: Option<Duration>,
}

impl TlsStream {
    pub(super) fn connect(host: &str, port: u16) -> Result<Self, Unknown> {
        Ok(Self {
            connection: tls::connect(host, port)?,
            timeout: None,
        })
    }

    pub(super) fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = Some(timeout);
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let most = buffer.len().min(MOST_READ) as u64;
        self.wait(self.connection.input.subscribe())?;
        match self.connection.input.blocking_read(most) {
            Ok(bytes) => {
                buffer[..bytes.len()].copy_from_slice(&bytes);
                Ok(bytes.len())
            }
            Err(StreamError::Closed) => Ok(0),
            Err(StreamError::LastOperationFailed(error)) => {
                Err(Failure::unreachable(error.to_debug_string()).into())
            }
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(MOST_WRITTEN)];
        self.wait(self.connection.output.subscribe())?;
        match self.connection.output.blocking_write_and_flush(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(StreamError::Closed) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(StreamError::LastOperationFailed(error)) => {
                Err(Failure::unreachable(error.to_debug_string()).into())
            }
        }
    }

    #[allow(clippy::unused_self)] // Each write is flushed.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Waits until the stream is ready, at most as long as allowed.
    fn wait(&self, ready: Pollable) -> io::Result<()> {
        let Some(timeout) = self.timeout else {
            return Ok(());
        };
        let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        let late = monotonic_clock::subscribe_duration(nanoseconds);
        if poll::poll(&[&ready, &late]).contains(&0) {
            Ok(())
        } else {
            Err(io::ErrorKind::TimedOut.into())
        }
    }
}
