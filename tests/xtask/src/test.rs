//! `cargo xtask test`.

use anyhow::Result;

use crate::build::build;
use crate::control_plane;
use crate::servers::{self, Server};
use crate::step;
use crate::workspace::Workspace;

/// Programs that several crates' tests start. What one crate needs, its manifest says.
const SHARED: &[&str] = &["redis-server"];

/// Crates whose tests start the program.
const STARTS_PENSTOCK: &[&str] = &["tests-conformance", "tests-e2e", "tests-integration"];

/// Build the components, install the servers that tests need, and run every test.
#[derive(clap::Args, Default)]
#[command(after_help = "Examples:
  cargo xtask test
  cargo xtask test cooldown         tests with `cooldown` in their names
  cargo xtask test -p scaler-redis  one crate's tests

Tests find the components by PENSTOCK_SCALERS_DIR and PENSTOCK_TEST_GUESTS_DIR, and the program by
PENSTOCK_BIN. KEDA's own cases lie in PENSTOCK_FIXTURES (`../shared/fixtures` beside the workspace
unless it is set; `none` leaves them out). Servers are installed when root on Debian, else the
command is printed. With CI=true a missing server, or missing cases, are a failure. The Kubernetes
control plane of the tests is built with Go, once for each user (`cargo xtask control-plane build`).")]
pub(crate) struct Args {
    /// Run only tests whose names contain one of these
    filter: Vec<String>,
    /// Run the tests of these crates instead of all
    #[arg(long, short, value_name = "CRATE")]
    package: Vec<String>,
    /// Go on with the other crates after a failure
    #[arg(long)]
    no_fail_fast: bool,
}

impl Args {
    /// Every test, whatever fails before it.
    pub(crate) fn all() -> Self {
        Self {
            no_fail_fast: true,
            ..Self::default()
        }
    }
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    servers::ensure_installed(&needed_servers(workspace))?;
    control_plane::ensure_built(workspace, &args.package)?;

    let mut tests = workspace.cargo();
    tests.arg("test");
    tests.args(select(&args.package));
    if args.no_fail_fast {
        tests.arg("--no-fail-fast");
    }

    // Tests are compiled while the components are built, and run when both are there. Not by
    // `cargo test --no-run`, which leaves out programs that other crates' tests start.
    let mut compile = workspace.cargo();
    compile.args(["build", "--all-targets"]);
    compile.args(select(&args.package));
    let starts_penstock = |package: &String| STARTS_PENSTOCK.contains(&package.as_str());
    if args.package.iter().any(starts_penstock) {
        compile.args(["--package", "operator-cli"]);
    }
    let components = build(workspace, Some(("the tests", compile)))?;

    let penstock = workspace.profile_dir("dev").join("penstock");
    tests.env("PENSTOCK_BIN", penstock);
    tests.env("PENSTOCK_SCALERS_DIR", &components.scalers);
    tests.env("PENSTOCK_TEST_GUESTS_DIR", &components.tests);
    if !args.filter.is_empty() {
        tests.arg("--").args(&args.filter);
    }
    step::step("Running the tests", || step::run(&mut tests))
}

/// Cargo's arguments for these packages, or for all when there are none.
fn select(packages: &[String]) -> Vec<&str> {
    if packages.is_empty() {
        return vec!["--workspace"];
    }
    let each = packages.iter().flat_map(|p| ["--package", p.as_str()]);
    each.collect()
}

fn needed_servers(workspace: &Workspace) -> Vec<Server> {
    let mut servers: Vec<_> = SHARED.iter().map(|program| Server::new(program)).collect();
    servers.extend(workspace.servers().cloned());
    servers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_package_means_all() {
        assert_eq!(select(&[]), ["--workspace"]);
        let two = ["a".to_string(), "b".to_string()];
        assert_eq!(select(&two), ["--package", "a", "--package", "b"]);
    }
}
