use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::Certificates;
use crate::free_port::free_port;
use crate::installed::installed;

/// bcrypt of [`Prometheus::PASSWORD`], at the least cost.
const HASH: &str = "$2b$04$abcdefghijklmnopqrstuuV3duMsC0HpUex6N9qapiuOHHWkwRXVm";

/// A `prometheus` that scrapes itself each second.
pub struct Prometheus {
    child: Child,
    port: u16,
    scheme: &'static str,
    // Removed after the server ended.
    _folder: TempDir,
}

/// How a [`Prometheus`] is secured.
#[derive(Default)]
pub struct Security<'a> {
    /// Asks for [`Prometheus::USER`] and [`Prometheus::PASSWORD`].
    pub basic: bool,
    /// Speaks TLS.
    pub tls: Option<&'a Certificates>,
    /// Asks clients for a certificate of the same authority.
    pub mutual: bool,
}

impl Prometheus {
    /// The only user.
    pub const USER: &'static str = "app";
    /// The user's password.
    pub const PASSWORD: &'static str = "hunter2";

    /// Starts one. `None` when it is not installed.
    ///
    /// # Panics
    /// When it does not start, or is not installed where `CI` is set.
    pub fn start(security: &Security<'_>) -> Option<Self> {
        if !installed("prometheus", "prometheus") {
            return None;
        }
        let port = free_port();
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            path.display().to_string()
        };
        let config = file("prometheus.yml", scrape_itself(port));
        let web = file("web.yml", web_config(security));
        let mut child = Command::new("prometheus")
            .arg(format!("--config.file={config}"))
            .arg(format!("--web.config.file={web}"))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("prometheus starts");
        let log = child.stderr.take().expect("its log is piped");
        let mut lines = BufReader::new(log).lines();
        let ready =
            lines.any(|line| line.is_ok_and(|l| l.contains("ready to receive web requests")));
        assert!(ready, "prometheus ended before it was ready");
        // Its log must not fill the pipe, nor break it.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self {
            child,
            port,
            scheme: if security.tls.is_some() {
                "https"
            } else {
                "http"
            },
            _folder: folder,
        })
    }

    /// `http://localhost:port` or `https://localhost:port`.
    pub fn url(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.port)
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn scrape_itself(port: u16) -> String {
    format!(
        "scrape_configs:\n- job_name: itself\n  scrape_interval: 1s\n  scrape_timeout: 1s\n  \
         static_configs:\n  - targets: ['127.0.0.1:{port}']\n"
    )
}

fn web_config(security: &Security<'_>) -> String {
    let mut text = String::new();
    if security.basic {
        let user = Prometheus::USER;
        let _ = writeln!(text, "basic_auth_users:\n  {user}: {HASH}");
    }
    if let Some(certificates) = security.tls {
        let _ = writeln!(
            text,
            "tls_server_config:\n  cert_file: {}\n  key_file: {}",
            certificates.server_file().display(),
            certificates.server_key_file().display()
        );
        if security.mutual {
            let _ = writeln!(
                text,
                "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {}",
                certificates.authority_file().display()
            );
        }
    }
    text
}
