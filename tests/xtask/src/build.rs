//! `cargo xtask build`.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::guests::{Collected, Guests};
use crate::step::{self, seconds};
use crate::workspace::Workspace;

/// Build everything: the host workspace and, at the same time, the components.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask build
  cargo xtask build --guests-only   just the components, into <target>/guests/scalers")]
pub(crate) struct Args {
    /// Build the components alone (a minute less, when only scalers changed)
    #[arg(long)]
    guests_only: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let host = if args.guests_only {
        None
    } else {
        let mut cargo = workspace.cargo();
        cargo.args(["build", "--workspace"]);
        Some(("the host workspace", cargo))
    };
    let collected = build(workspace, host)?;
    println!("Components: {}", workspace.shown(&collected.scalers));
    Ok(())
}

/// Builds all components, and beside them what the command `host` builds.
pub(crate) fn build(workspace: &Workspace, host: Option<(&str, Command)>) -> Result<Collected> {
    let guests = Guests::find(workspace)?;
    let command = guests.build_command(workspace)?;
    let components_to_build = match guests.count() {
        1 => "1 component".to_string(),
        count => format!("{count} components"),
    };
    match (host, command) {
        (Some((what, mut host)), Some(mut components)) => {
            // One of two progress bars has to be silent; its errors are still shown.
            components.arg("--quiet");
            step::step(
                &format!("Building {what} and {components_to_build}"),
                || side_by_side(&mut host, &mut components),
            )?;
        }
        (Some((what, mut host)), None) => {
            step::step(&format!("Building {what}"), || step::run(&mut host))?;
        }
        (None, Some(mut components)) => {
            step::step(&format!("Building {components_to_build}"), || {
                step::run(&mut components)
            })?;
        }
        (None, None) => {}
    }
    guests.collect(workspace)
}

/// Runs both to their ends; an error of one does not hide what the other has to say.
fn side_by_side(host: &mut Command, components: &mut Command) -> Result<()> {
    let start = Instant::now();
    let mut child = components
        .spawn()
        .context("cargo cannot be started for the components")?;
    let host = step::run(host);
    if child.try_wait()?.is_none() {
        let took = seconds(start.elapsed());
        eprintln!("==> the host is ready after {took}, the components are not yet");
    }
    let status = child.wait()?;
    host?;
    ensure!(
        status.success(),
        "the components cannot be built ({status})"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_sides_have_to_succeed() {
        assert!(side_by_side(&mut shell("exit 0"), &mut shell("exit 0")).is_ok());
        assert!(side_by_side(&mut shell("exit 1"), &mut shell("exit 0")).is_err());
        assert!(side_by_side(&mut shell("exit 0"), &mut shell("exit 1")).is_err());
    }
}
