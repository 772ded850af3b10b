use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

fn variable(name: &str) -> Result<PathBuf> {
    let value = std::env::var_os(name);
    let value = value.with_context(|| format!("{name} is not set; use `cargo xtask test`"))?;
    Ok(value.into())
}

fn command() -> Result<Command> {
    let scalers = variable("PENSTOCK_SCALERS_DIR")?;
    let mut command = Command::new(variable("PENSTOCK_BIN")?);
    command.arg("trigger");
    command.env("PENSTOCK_CACHE_DIR", scalers.join(".penstock"));
    command.env("PENSTOCK_SCALERS", scalers);
    Ok(command)
}

/// The trigger types that there are.
///
/// # Errors
/// When the program cannot say.
pub fn types() -> Result<Vec<String>> {
    let output = command()?.args(["describe", "-o", "json"]).output()?;
    ensure!(
        output.status.success(),
        "describe ended with {}",
        output.status
    );
    let types: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    let name = |t: &Value| t["type"].as_str().map(ToString::to_string);
    types
        .iter()
        .map(|t| name(t).context("describe gives a type without a name"))
        .collect()
}

/// `penstock trigger check --stdin`, or `poll`, that runs until it is dropped.
pub struct Program {
    child: Child,
    /// `None` once it was told that there is no more.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Program {
    /// Starts it; `what` is `check` or `poll`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(what: &str) -> Result<Self> {
        let mut child = command()?
            .args([what, "--stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("penstock cannot be started")?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("no output")?;
        Ok(Self {
            child,
            input,
            output: BufReader::new(output),
        })
    }

    /// The answer to one line.
    ///
    /// # Errors
    /// When there is none, or it is no JSON.
    pub fn ask(&mut self, question: &Value) -> Result<Value> {
        let input = self.input.as_mut().context("already ended")?;
        writeln!(input, "{question}")?;
        input.flush()?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        serde_json::from_str(&answer).with_context(|| format!("no answer: {answer:?}"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The end of its input is its end.
        self.input = None;
        let _ = self.child.wait();
    }
}
