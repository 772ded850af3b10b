use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tests_control_plane::eventually;

use crate::cluster::PATIENCE;
use crate::deployment::Launch;

/// A running operator. Ends with this.
pub struct Operator {
    child: Mutex<Child>,
    launch: Launch,
    log: PathBuf,
}

impl Operator {
    pub(crate) fn start(launch: &Launch, folder: &Path) -> Result<Self> {
        let program =
            std::env::var_os("PENSTOCK_BIN").context("PENSTOCK_BIN: run `cargo xtask test`")?;
        let scalers = std::env::var_os("PENSTOCK_SCALERS_DIR").context("PENSTOCK_SCALERS_DIR")?;
        let log = folder.join("operator.log");
        let output = File::options().create(true).append(true).open(&log)?;
        let mut command = Command::new(program);
        // What the image holds at its own paths, and a pod has at others.
        let arguments = launch.arguments.iter().map(|argument| {
            if argument.starts_with("--cache-dir=") {
                format!("--cache-dir={}", folder.join("cache").display())
            } else {
                argument.clone()
            }
        });
        command
            .args(arguments)
            .env_clear()
            .envs(launch.environment.iter().cloned())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PENSTOCK_SCALERS", scalers)
            .env("PENSTOCK_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::from(output.try_clone()?))
            .stderr(Stdio::from(output));
        if let Some(kubeconfig) = &launch.kubeconfig {
            command.env("KUBECONFIG", kubeconfig);
        }
        let child = command.spawn().context("the operator does not start")?;
        Ok(Self {
            child: Mutex::new(child),
            launch: launch.clone(),
            log,
        })
    }

    /// Waits until it is ready.
    ///
    /// # Errors
    /// When it ends or is not ready in time.
    pub async fn ready(&self) -> Result<()> {
        eventually("the operator is ready", PATIENCE, async || {
            self.check()?;
            let answer = ask(self.launch.health, "/readyz")?;
            ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            Ok(())
        })
        .await
        .with_context(|| self.last_lines())
    }

    /// What `/readyz` answers.
    ///
    /// # Errors
    /// When it is not served (yet).
    pub fn readiness(&self) -> Result<String> {
        ask(self.launch.health, "/readyz")
    }

    /// The metrics page.
    ///
    /// # Errors
    /// When it is not served.
    pub fn metrics(&self) -> Result<String> {
        ask(self.launch.metrics, "/metrics")
    }

    /// What the operator tells of its objects, as JSON.
    ///
    /// # Errors
    /// When it is not served.
    pub fn objects(&self) -> Result<serde_json::Value> {
        let answer = ask(self.launch.admin, "/api/v1/objects")?;
        let (_, body) = answer.split_once("\r\n\r\n").context("an answer")?;
        Ok(serde_json::from_str(body)?)
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child().id()
    }

    /// Kills it, as a machine that fails would.
    pub fn kill(&self) {
        let mut child = self.child();
        // It may have ended already.
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Asks it to stop, and waits. Gives its exit code.
    ///
    /// # Errors
    /// When it does not end in time.
    pub async fn stop(&self) -> Result<i32> {
        let id = i32::try_from(self.id()).ok().and_then(Pid::from_raw);
        kill_process(id.context("a process id")?, Signal::TERM)?;
        eventually(
            "the operator has ended",
            Duration::from_secs(40),
            async || match self.child().try_wait()? {
                Some(status) => Ok(status.code().unwrap_or(-1)),
                None => bail!("it runs"),
            },
        )
        .await
    }

    /// Whether it has ended.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn has_ended(&self) -> Result<bool> {
        Ok(self.child().try_wait()?.is_some())
    }

    /// The end of its log.
    pub fn last_lines(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(60);
        format!("the operator's last lines:\n{}", lines[from..].join("\n"))
    }

    fn check(&self) -> Result<()> {
        match self.child().try_wait()? {
            Some(status) => bail!("the operator has ended: {status}"),
            None => Ok(()),
        }
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Child> {
        self.child
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            #[allow(clippy::print_stderr)] // Beside the test's own message.
            {
                eprintln!("{}", self.last_lines());
            }
        }
    }
}

fn ask(port: u16, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
