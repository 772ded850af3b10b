//! What the control plane does for tests. These share one; `processes.rs` starts and stops its own.

mod external_metrics;
mod hpa;
mod rights;
mod tools;
mod workloads;

use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use tests_control_plane::{ControlPlane, Options};
use tokio::sync::OnceCell;

/// How long anything may take. A machine that is busy with other builds takes many times the seconds that things need.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// The one of this process. Nobody drops it: that it ends with the process is tested elsewhere.
pub(crate) async fn shared() -> Option<&'static ControlPlane> {
    static SHARED: OnceCell<Option<ControlPlane>> = OnceCell::const_new();
    let plane = SHARED.get_or_init(|| async {
        let plane = ControlPlane::for_test(Options::default()).await?;
        let took = plane.boot_time();
        // Past the capture of tests' output: this is to be seen from commit to commit.
        let _ = writeln!(std::io::stderr(), "the control plane started in {took:.1?}");
        Some(plane)
    });
    plane.await.as_ref()
}

/// What a command prints.
pub(crate) fn output(command: &mut Command) -> String {
    let output = command.output().expect("the program is there");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}{error}");
    text
}
