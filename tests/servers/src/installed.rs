use std::process::{Command, Stdio};

/// Whether `program`, of the Debian package `package`, can be run.
///
/// # Panics
/// When it cannot, and `CI` is set.
pub(crate) fn installed(program: &str, package: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    assert!(
        found || std::env::var_os("CI").is_none(),
        "{program} is not installed"
    );
    if !found {
        #[allow(clippy::print_stderr)] // For the developer.
        {
            eprintln!(
                "left out: needs {program} (apt-get install -y --no-install-recommends {package})"
            );
        }
    }
    found
}
