//! The Go that builds, and how one gets it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// The first that fetches newer ones of itself, as modules.
const FETCHES_ITSELF: (u32, u32) = (1, 21);

/// A Go that can build a module which wants `wanted`, as in `1.26.0`.
pub(crate) struct Go {
    program: PathBuf,
    /// It is older than the module wants, and is to fetch the right one.
    fetches: bool,
}

impl Go {
    /// Finds one; installs it when root on Debian.
    pub(crate) fn find_or_install(wanted: &str, scratch: &Path) -> Result<Self> {
        if version(Path::new("go")).is_none() {
            install()?;
        }
        let program = PathBuf::from("go");
        let found = version(&program).context("go is installed, but does not run")?;
        if found >= parse(wanted).context("go.mod names no version of Go")? {
            return Ok(Self {
                program,
                fetches: false,
            });
        }
        if found >= FETCHES_ITSELF {
            return Ok(Self {
                program,
                fetches: true,
            });
        }
        Ok(Self {
            program: fetch(&program, wanted, scratch)?,
            fetches: false,
        })
    }

    /// A command of it, in `folder`.
    pub(crate) fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut go = Command::new(&self.program);
        go.args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            // No C compiler, and the same programs everywhere.
            .env("CGO_ENABLED", "0")
            .env("GOWORK", "off");
        if self.fetches {
            // Debian's says `local`.
            go.env("GOTOOLCHAIN", "auto");
        }
        go
    }
}

/// Major and minor; none when it does not run.
fn version(go: &Path) -> Option<(u32, u32)> {
    // In a folder without go.mod, and without fetching: of this one.
    let output = Command::new(go)
        .args(["env", "GOVERSION"])
        .current_dir("/")
        .env("GOTOOLCHAIN", "local")
        .output()
        .ok()?;
    parse(
        String::from_utf8_lossy(&output.stdout)
            .trim()
            .strip_prefix("go")?,
    )
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn install() -> Result<()> {
    let packages = ["golang-go", "ca-certificates"];
    let command = format!(
        "apt-get install --no-install-recommends {}",
        packages.join(" ")
    );
    let debian = Path::new("/etc/debian_version").exists();
    ensure!(debian, "needs Go: install it by your system's means");
    ensure!(
        rustix::process::geteuid().is_root(),
        "needs Go: sudo {command}"
    );
    announce(&format!("Installing Go: {command}"));
    let apt = |arguments: &[&str]| -> Result<()> {
        let status = Command::new("apt-get")
            .args(["-q", "-o", "Dpkg::Use-Pty=0"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .context("apt-get cannot be started")?;
        ensure!(status.success(), "`{command}` failed ({status})");
        Ok(())
    };
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    // Fresh machines have no package lists, others have old ones.
    apt(&arguments).or_else(|_| {
        apt(&["update"])?;
        apt(&arguments)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Downloaded {
    dir: PathBuf,
}

/// Gets a newer Go by an old one: toolchains are modules too.
fn fetch(go: &Path, wanted: &str, scratch: &Path) -> Result<PathBuf> {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => bail!("no Go toolchain is known for {other}: install Go {wanted}"),
    };
    let module = format!("golang.org/toolchain@v0.0.1-go{wanted}.{system}-{machine}");
    announce(&format!("Fetching Go {wanted} by an older one"));
    let output = Command::new(go)
        .args(["mod", "download", "-json", &module])
        .current_dir(scratch)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "`go mod download {module}` failed");
    let downloaded: Downloaded = serde_json::from_slice(&output.stdout)?;
    // Modules hold no programs, in an old Go's opinion.
    let status = Command::new("chmod")
        .args(["-R", "u+x"])
        .arg(downloaded.dir.join("bin"))
        .arg(downloaded.dir.join("pkg/tool"))
        .status()?;
    ensure!(status.success(), "chmod failed ({status})");
    Ok(downloaded.dir.join("bin/go"))
}

/// Says what is going on.
pub(crate) fn announce(what: &str) {
    #[allow(clippy::print_stderr)] // For the developer.
    {
        eprintln!("==> {what}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(parse("1.26.8"), Some((1, 26)));
        assert_eq!(parse("1.27rc1"), Some((1, 27)));
        assert_eq!(parse("devel"), None);
        assert!(parse("1.9") < parse("1.21"));
    }
}
