//! Compiling in a process of its own: a component that makes the compiler run for minutes, or eat
//! all memory, ends that process and nothing else; and the memory that compiling took goes back.

mod child;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

pub use child::main;

use crate::HostError;
use crate::limits::Limits;

/// The hidden subcommand by which a program starts itself as a compiler, see [`main`].
pub const SUBCOMMAND: &str = "__compile";

/// The program that becomes a compiler: it reads a component on its standard input and writes
/// machine code to its standard output.
#[derive(Debug, Clone)]
pub struct Compiler {
    /// The program.
    pub program: PathBuf,
    /// Its first arguments; the limits follow.
    pub arguments: Vec<OsString>,
}

impl Compiler {
    /// This very program, even when its file has been replaced since.
    pub fn this_program() -> Self {
        Self::of("/proc/self/exe")
    }

    /// A program that calls [`main`] when its first argument is [`SUBCOMMAND`].
    pub fn of(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: vec![SUBCOMMAND.into()],
        }
    }

    /// Compiles, within the limits.
    pub(crate) fn compile(&self, component: &[u8], limits: &Limits) -> Result<Vec<u8>, HostError> {
        let failed = |why: String| HostError::Compile(why);
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .args(child::arguments(limits))
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| failed(format!("the compiler cannot be started: {e}")))?;
        let outcome = exchange(&mut child, component, limits.compile_timeout);
        // It has ended, or it must.
        let _ = child.kill();
        let status = child.wait();
        match (outcome, status) {
            (None, _) => {
                let limit = limits.compile_timeout;
                Err(failed(format!("not compiled within {limit:?}")))
            }
            (Some((code, _)), Ok(status)) if status.success() => Ok(code),
            (Some((_, said)), status) => {
                let said = said.lines().next().unwrap_or_default().to_string();
                match status {
                    Ok(status) if said.is_empty() => Err(failed(format!(
                        "the compiler ended by {status}; it may take {} s of CPU time and {} MiB",
                        limits.compile_timeout.as_secs(),
                        limits.compile_bytes >> 20
                    ))),
                    Ok(_) => Err(failed(said)),
                    Err(e) => Err(failed(format!("the compiler cannot be waited for: {e}"))),
                }
            }
        }
    }
}

/// Gives the child the component and takes what it writes to its two outputs; `None` when it
/// takes too long.
fn exchange(child: &mut Child, component: &[u8], limit: Duration) -> Option<(Vec<u8>, String)> {
    let (mut to, from, said) = (
        child.stdin.take()?,
        child.stdout.take()?,
        child.stderr.take()?,
    );
    let (done, finished) = mpsc::sync_channel(2);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A child that does not want it all says why, or its status does.
            let _ = to.write_all(component);
        });
        let (code_done, said_done) = (done.clone(), done);
        scope.spawn(move || code_done.send((true, read_all(from))));
        scope.spawn(move || said_done.send((false, read_all(said))));
        let deadline = std::time::Instant::now() + limit;
        let (mut code, mut words) = (None, None);
        while code.is_none() || words.is_none() {
            let left = deadline.saturating_duration_since(std::time::Instant::now());
            match finished.recv_timeout(left) {
                Ok((true, bytes)) => code = Some(bytes),
                Ok((false, bytes)) => words = Some(bytes),
                Err(_) => {
                    // Its pipes close, and the threads with them.
                    let _ = child.kill();
                    return None;
                }
            }
        }
        let words = String::from_utf8_lossy(&words?).into_owned();
        Some((code?, words))
    })
}

fn read_all(mut from: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What was read before an error counts; the child's status tells whether it was all.
    let _ = from.read_to_end(&mut bytes);
    bytes
}
