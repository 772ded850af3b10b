//! `cargo xtask test`.

use anyhow::Result;

use crate::build::build;
use crate::servers::{self, Server};
use crate::step;
use crate::workspace::Workspace;

/// Programs that several crates' tests start. What one crate needs, its manifest says.
const SHARED: &[&str] = &["openssl", "redis-server"];

/// Build the components, install the servers that tests need, and run every test.
#[derive(clap::Args, Default)]
#[command(after_help = "Examples:
  cargo xtask test
  cargo xtask test cooldown         tests with `cooldown` in their names
  cargo xtask test -p scaler-redis  one crate's tests

Tests find the components by PENSTOCK_SCALERS_DIR and PENSTOCK_TEST_GUESTS_DIR.
Servers are installed
when root on Debian, else the command is printed; with CI=true a missing one is a failure.")]
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

    let mut tests = workspace.cargo();
    tests.arg("test");
    if args.package.is_empty() {
        tests.arg("--workspace");
    }
    for package in &args.package {
        tests.args(["--package", package]);
    }
    if args.no_fail_fast {
        tests.arg("--no-fail-fast");
    }

    // Tests are compiled while the components are built, and run when both are there.
    let mut compile = workspace.cargo();
    compile.args(tests.get_args()).arg("--no-run");
    let components = build(workspace, Some(("the tests", compile)))?;

    tests.env("PENSTOCK_SCALERS_DIR", &components.scalers);
    tests.env("PENSTOCK_TEST_GUESTS_DIR", &components.tests);
    if !args.filter.is_empty() {
        tests.arg("--").args(&args.filter);
    }
    step::step("Running the tests", || step::run(&mut tests))
}

fn needed_servers(workspace: &Workspace) -> Vec<Server> {
    let mut servers: Vec<_> = SHARED.iter().map(|program| Server::new(program)).collect();
    servers.extend(workspace.servers().cloned());
    servers
}
