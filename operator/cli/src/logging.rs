//! Where log lines go.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, PoisonError, RwLock};

use operator_standalone::processes::OutputSink;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::args::{LogFormat, LoggingArgs};

/// Standard error, or whoever owns the terminal that it is.
#[derive(Clone, Default)]
pub(crate) struct LogOutput(Arc<RwLock<Option<OutputSink>>>);

/// Sends log lines to standard error, as the arguments say; `default` is the filter without any.
pub(crate) fn start(args: &LoggingArgs, default: &str) -> anyhow::Result<LogOutput> {
    let filter = args.log.as_deref().unwrap_or(default);
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        // The error's text has its cause in it already.
        anyhow::anyhow!(
            "--log {filter:?} is no filter: {error}; an example is `warn,runtime_host=debug`"
        )
    })?;
    let output = LogOutput::default();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(output.clone())
        .with_target(false);
    match args.log_format {
        LogFormat::Json => lines.json().flatten_event(true).init(),
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).init(),
    }
    Ok(output)
}

impl LogOutput {
    /// Has `sink` show the lines while the guard lives, where they would else go to the terminal.
    pub(crate) fn divert(&self, sink: OutputSink) -> Diverted {
        if io::stderr().is_terminal() {
            self.set(Some(sink));
        }
        Diverted(self.clone())
    }

    fn set(&self, sink: Option<OutputSink>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = sink;
    }
}

/// Lines go elsewhere while it lives.
pub(crate) struct Diverted(LogOutput);

impl Drop for Diverted {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

impl<'a> MakeWriter<'a> for LogOutput {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        let sink = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Line(sink.clone())
    }
}

/// Takes one log line, which is written in one piece.
pub(crate) struct Line(Option<OutputSink>);

impl Write for Line {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match &self.0 {
            Some(sink) => {
                sink(String::from_utf8_lossy(line).trim_end_matches('\n'));
                Ok(line.len())
            }
            None => io::stderr().write(line),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
