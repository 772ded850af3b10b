//! Programs that tests start: real servers, and tools to make certificates.

use std::env;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::step;
use crate::workspace::in_ci;

/// A program that tests start, and Debian's package of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Server {
    /// Such as `redis-server`.
    pub(crate) program: String,
    /// The package; none written: named like the program.
    #[serde(default, rename = "package")]
    named_package: Option<String>,
}

impl Server {
    /// A program whose package has the same name.
    pub(crate) fn new(program: &str) -> Self {
        Self {
            program: program.into(),
            named_package: None,
        }
    }

    /// A program in a package of another name.
    pub(crate) fn packaged(program: &str, package: &str) -> Self {
        Self {
            program: program.into(),
            named_package: Some(package.into()),
        }
    }

    fn package(&self) -> &str {
        self.named_package.as_deref().unwrap_or(&self.program)
    }
}

/// Makes sure that the servers are there: installs them when root on Debian, else says how. What
/// is still missing then is a failure where a service runs the tests, and theirs to say where a
/// person does.
pub(crate) fn ensure_installed(servers: &[Server]) -> Result<()> {
    let mut missing: Vec<_> = servers.iter().filter(|s| !is_there(&s.program)).collect();
    missing.sort();
    missing.dedup();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().map(|s| s.package()).collect();
    let names = packages.join(" ");
    let command = format!("apt-get install --no-install-recommends {names}");
    if is_debian() && is_root() {
        step::step(&format!("Installing what tests need: {names}"), || {
            install(&packages).with_context(|| format!("try it by hand: {command}"))
        })?;
        let absent = missing.iter().find(|s| !is_there(&s.program));
        ensure!(absent.is_none(), "installed, but not found: {absent:?}");
        return Ok(());
    }
    let programs: Vec<_> = missing.iter().map(|s| s.program.as_str()).collect();
    let how = if is_debian() {
        format!("sudo {command}")
    } else {
        "install them by your system's means".to_string()
    };
    let text = format!("tests need {}: {how}", programs.join(" and "));
    if in_ci() {
        bail!("{text}");
    }
    eprintln!("warning: {text}\nwarning: the tests that start them will say that they are missing");
    Ok(())
}

/// Whether there is such a program, also where PATH leaves out the places for servers.
fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .any(|folder| {
            fs::metadata(folder.join(program))
                .is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
        })
}

fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists() && is_there("apt-get")
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn install(packages: &[&str]) -> Result<()> {
    let _guard = NoStart::new(Path::new("/usr/sbin/policy-rc.d"))?;
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(["-qq", "-o", "Dpkg::Use-Pty=0"]).args(arguments);
        apt.env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        step::run(&mut apt)
    };
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(packages);
    // Fresh machines have no package lists, others have old ones that often do.
    apt(&install).or_else(|_| {
        apt(&["update"])?;
        apt(&install)
    })
}

/// Keeps packages from starting their servers: tests start their own, on their own ports.
struct NoStart<'a> {
    policy: &'a Path,
    ours: bool,
}

impl<'a> NoStart<'a> {
    fn new(policy: &'a Path) -> Result<Self> {
        let file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o755)
            .open(policy);
        let ours = match file {
            Ok(mut file) => {
                file.write_all(b"#!/bin/sh\nexit 101\n")?;
                true
            }
            // Somebody decided already.
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => false,
            Err(e) => return Err(e).with_context(|| format!("writing {}", policy.display())),
        };
        Ok(Self { policy, ours })
    }
}

impl Drop for NoStart<'_> {
    fn drop(&mut self) {
        if self.ours {
            let _ = fs::remove_file(self.policy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_and_missed() {
        assert!(is_there("sh"));
        assert!(!is_there("no-such-program-anywhere"));
        assert!(ensure_installed(&[Server::new("sh")]).is_ok());
    }

    #[test]
    fn a_package_may_be_named_otherwise() {
        let server: Server = toml::from_str("program = 'mongod'\npackage = 'mongodb'").unwrap();
        assert_eq!(server.package(), "mongodb");
        assert_eq!(Server::new("openssl").package(), "openssl");
    }

    #[test]
    fn the_policy_against_starting_goes_unless_it_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("policy-rc.d");
        {
            let _guard = NoStart::new(&policy).unwrap();
            assert!(fs::read_to_string(&policy).unwrap().contains("exit 101"));
            drop(NoStart::new(&policy).unwrap());
            assert!(
                policy.exists(),
                "the second guard removed what is not its own"
            );
        }
        assert!(!policy.exists());
    }
}
