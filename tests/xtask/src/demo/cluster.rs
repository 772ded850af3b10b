//! `cargo xtask demo --cluster`.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::build::build;
use crate::servers::{self, Server};
use crate::workspace::Workspace;

/// The program that shows it. One of its own, since what it needs would make every xtask wait.
const PROGRAM: &str = "cluster-demo";

/// Builds everything and becomes the demonstration, so that Ctrl-C is for it alone and the terminal
/// is free again when it has cleaned up.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    servers::ensure_installed(&[Server::new("redis-server")])?;
    let mut cargo = workspace.cargo();
    // Of the whole workspace, so that what is compiled is what `cargo xtask test` needs too.
    cargo.args(["build", "--workspace", "--bin", "penstock"]);
    cargo.args(["--bin", PROGRAM]);
    let components = build(workspace, Some(("penstock", cargo)))?;
    let programs = workspace.profile_dir("dev");
    let error = Command::new(programs.join(PROGRAM))
        .env("PENSTOCK_BIN", programs.join("penstock"))
        .env("PENSTOCK_SCALERS_DIR", components.scalers)
        .exec();
    Err(error).context("the demonstration cannot be started")
}
