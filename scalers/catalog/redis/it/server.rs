use std::env;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

/// A server of its own for one test, ended with it.
pub(crate) struct Server {
    child: Child,
    port: u16,
    arguments: Vec<String>,
    folder: tempfile::TempDir,
}

impl Server {
    /// `None` when there is no `redis-server` and that is acceptable.
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        if Command::new("redis-server")
            .arg("--version")
            .output()
            .is_err()
        {
            assert!(env::var_os("CI").is_none(), "redis-server is not installed");
            #[allow(clippy::print_stderr)] // For the developer.
            {
                eprintln!(
                    "left out: needs redis-server (apt-get install -y --no-install-recommends redis-server)"
                );
            }
            return None;
        }
        // Free now; the server takes it in a moment.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        drop(listener);
        let arguments: Vec<_> = arguments.iter().map(|a| (*a).to_string()).collect();
        let folder = tempfile::tempdir().expect("a temporary directory");
        Some(Self {
            child: launch(port, &arguments, folder.path()),
            port,
            arguments,
            folder,
        })
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A command of `redis-cli`.
    pub(crate) fn run(&self, arguments: &[&str]) {
        let port = self.port.to_string();
        let output = Command::new("redis-cli")
            .args(["-p", &port, "--no-auth-warning", "-e"])
            .args(arguments)
            .output()
            .expect("redis-cli is installed with redis-server");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}{error}");
    }

    pub(crate) fn stop(&mut self) {
        self.child.kill().expect("the server runs");
        self.child.wait().expect("the server ends");
    }

    pub(crate) fn restart(&mut self) {
        self.child = launch(self.port, &self.arguments, self.folder.path());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns when the server is ready, which it says in its log.
fn launch(port: u16, arguments: &[String], folder: &std::path::Path) -> Child {
    let mut child = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
        .args(arguments)
        .current_dir(folder)
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
