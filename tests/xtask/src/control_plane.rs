//! `cargo xtask control-plane`, and the programs of it that tests start.

use std::ffi::OsString;
use std::process::{Command, exit};

use anyhow::{Context, Result};

use crate::step;
use crate::workspace::{Workspace, in_ci};

/// The crate that does it. A program of its own, since what it needs would make every xtask wait.
const CRATE: &str = "tests-control-plane";

/// A real Kubernetes control plane on this machine: up, down, status, build.
///
/// etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and kwok, which plays the nodes and pods: no
/// containers, no root, nothing left behind. `cargo xtask control-plane help` says more.
#[derive(clap::Args)]
#[command(
    disable_help_flag = true,
    disable_help_subcommand = true,
    arg_required_else_help = false
)]
pub(crate) struct Args {
    /// up, down, status, build or help, and what belongs to it
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    arguments: Vec<OsString>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let mut program = program(workspace);
    let status = program
        .args(&args.arguments)
        .status()
        .context("cargo cannot be started")?;
    if !status.success() {
        // It has said why.
        exit(status.code().unwrap_or(1));
    }
    Ok(())
}

/// Builds what the tests of these packages, or of all when there are none, start. A failure where a service runs the
/// tests; where a person does, it is theirs to say what they leave out.
pub(crate) fn ensure_built(workspace: &Workspace, packages: &[String]) -> Result<()> {
    if !workspace.any_depends_on(packages, CRATE) {
        return Ok(());
    }
    let built = step::step(
        "Building a Kubernetes control plane, unless it is built",
        || step::run(program(workspace).arg("build")),
    );
    match built {
        Err(error) if !in_ci() => {
            eprintln!("{error:#}");
            Ok(())
        }
        result => result,
    }
}

fn program(workspace: &Workspace) -> Command {
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--package", CRATE, "--"]);
    cargo
}
