use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::Certificates;
use crate::free_port::free_port;
use crate::installed::installed;

/// A `redis-server`.
pub struct Redis {
    child: Child,
    port: u16,
    tls_port: Option<u16>,
    arguments: Vec<String>,
    folder: TempDir,
}

impl Redis {
    /// Starts one with these arguments beside the usual ones. `None` when it is not installed.
    ///
    /// # Panics
    /// When it does not start, or is not installed where `CI` is set.
    pub fn start(arguments: &[&str]) -> Option<Self> {
        let arguments = arguments.iter().map(|a| (*a).to_string()).collect();
        Self::launch_new(arguments, None)
    }

    /// Starts one that also speaks TLS, and asks clients for a certificate where `mutual` is set.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn start_tls(certificates: &Certificates, mutual: bool, more: &[&str]) -> Option<Self> {
        let tls_port = free_port();
        let text = |path: std::path::PathBuf| path.display().to_string();
        let clients = if mutual { "yes" } else { "no" };
        let mut arguments = vec![
            "--tls-port".to_string(),
            tls_port.to_string(),
            "--tls-cert-file".to_string(),
            text(certificates.server_file()),
            "--tls-key-file".to_string(),
            text(certificates.server_key_file()),
            "--tls-ca-cert-file".to_string(),
            text(certificates.authority_file()),
            "--tls-auth-clients".to_string(),
            clients.to_string(),
        ];
        arguments.extend(more.iter().map(|a| (*a).to_string()));
        Self::launch_new(arguments, Some(tls_port))
    }

    fn launch_new(arguments: Vec<String>, tls_port: Option<u16>) -> Option<Self> {
        if !installed("redis-server", "redis-server") {
            return None;
        }
        let port = free_port();
        let folder = tempfile::tempdir().expect("a temporary directory");
        Some(Self {
            child: launch(port, &arguments, &folder),
            port,
            tls_port,
            arguments,
            folder,
        })
    }

    /// `127.0.0.1:port`, in clear text.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// `localhost:port`, over TLS.
    ///
    /// # Panics
    /// When it was started without.
    pub fn tls_address(&self) -> String {
        format!("localhost:{}", self.tls_port.expect("started with TLS"))
    }

    /// Runs a command of `redis-cli`, and gives what it prints.
    ///
    /// # Panics
    /// When the command fails.
    pub fn run(&self, arguments: &[&str]) -> String {
        let port = self.port.to_string();
        let output = Command::new("redis-cli")
            .args(["-p", &port, "--no-auth-warning", "-e"])
            .args(arguments)
            .output()
            .expect("redis-cli is installed with redis-server");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}{error}");
        text.trim().to_string()
    }

    /// Kills it.
    ///
    /// # Panics
    /// When it does not run.
    pub fn stop(&mut self) {
        self.child.kill().expect("the server runs");
        self.child.wait().expect("the server ends");
    }

    /// Starts it again on the same ports, empty.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&mut self) {
        self.child = launch(self.port, &self.arguments, &self.folder);
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns when the server is ready, which it says in its log.
fn launch(port: u16, arguments: &[String], folder: &TempDir) -> Child {
    let mut child = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
        .args(arguments)
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("redis-server starts");
    let output = child.stdout.take().expect("its output is piped");
    let mut lines = BufReader::new(output).lines();
    let ready = lines.any(|line| line.is_ok_and(|l| l.to_lowercase().contains("ready to accept")));
    assert!(ready, "redis-server ended before it was ready");
    // Its log must not fill the pipe, nor break it.
    std::thread::spawn(move || lines.for_each(drop));
    child
}
