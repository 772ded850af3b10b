use std::sync::{Arc, Mutex};

use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::abi::v1::log::{Host, Level};
use crate::state::{GuestState, lock};

/// Bytes of one line, fields included.
const LINE_BYTES: usize = 4096;

impl Host for GuestState {
    fn write(
        &mut self,
        level: Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        if self.call.log_lines >= self.limits.log_lines_per_call {
            self.call.log_lines_dropped += 1;
            return Ok(());
        }
        self.call.log_lines += 1;
        let mut line = message;
        for (name, value) in fields {
            line.push_str(&format!(" {name}={value:?}"));
            if line.len() > LINE_BYTES {
                break;
            }
        }
        let line = self.scope.redactor.text(line);
        let line = cut(&line, LINE_BYTES);
        let trigger = &self.scope.trigger;
        let (kind, namespace, object) =
            (&trigger.trigger_type, &trigger.namespace, &trigger.object);
        // tracing's levels are compile-time constants.
        match level {
            Level::Debug => tracing::debug!(kind, namespace, object, text = line, "scaler says"),
            Level::Info => tracing::info!(kind, namespace, object, text = line, "scaler says"),
            Level::Warn => tracing::warn!(kind, namespace, object, text = line, "scaler says"),
            Level::Error => tracing::error!(kind, namespace, object, text = line, "scaler says"),
        }
        Ok(())
    }
}

/// At most `most` bytes of `text`, ending at a character.
fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The last bytes that a component wrote to its standard error: the text of its panic, when it
/// traps.
#[derive(Clone, Default)]
pub(crate) struct StderrTail(Arc<Mutex<Vec<u8>>>);

/// Enough for a panic message and its location.
const TAIL_BYTES: usize = 2048;

impl StderrTail {
    /// The panic's message if there is one, else the last line; nothing when nothing was written.
    pub(crate) fn last_words(&self) -> Option<String> {
        let bytes = lock(&self.0);
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .collect();
        let panic = lines.iter().position(|line| line.contains("panicked at"));
        let words = match panic {
            Some(at) => lines[at..]
                .iter()
                .take(2)
                .copied()
                .collect::<Vec<_>>()
                .join(" "),
            None => (*lines.last()?).to_string(),
        };
        Some(cut(&words, 512).to_string())
    }

    fn keep(&self, bytes: &[u8]) {
        let mut tail = lock(&self.0);
        tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL_BYTES)..]);
        let excess = tail.len().saturating_sub(TAIL_BYTES);
        tail.drain(..excess);
    }
}

impl IsTerminal for StderrTail {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for StderrTail {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn wasmtime_wasi::p2::OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl wasmtime_wasi::p2::Pollable for StderrTail {
    async fn ready(&mut self) {}
}

impl wasmtime_wasi::p2::OutputStream for StderrTail {
    fn write(&mut self, bytes: bytes::Bytes) -> wasmtime_wasi::p2::StreamResult<()> {
        self.keep(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> wasmtime_wasi::p2::StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> wasmtime_wasi::p2::StreamResult<usize> {
        Ok(TAIL_BYTES)
    }
}

impl tokio::io::AsyncWrite for StderrTail {
    fn poll_write(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        self.keep(bytes);
        std::task::Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_keeps_the_panic_and_stays_small() {
        let tail = StderrTail::default();
        tail.keep(&vec![b'x'; 1 << 20]);
        tail.keep(b"\nthread 'main' panicked at src/lib.rs:7:5:\nno such thing\nnote: run with\n");
        assert!(lock(&tail.0).len() <= TAIL_BYTES);
        let words = tail.last_words().unwrap();
        assert!(
            words.ends_with("panicked at src/lib.rs:7:5: no such thing"),
            "{words}"
        );
    }

    #[test]
    fn nothing_written_is_nothing_said() {
        assert_eq!(StderrTail::default().last_words(), None);
    }
}
