//! The developer's commands: `cargo xtask ...`. One module a command, and beside them what
//! several commands need: the workspace, its catalog, the guests' build, servers for tests.

// Talking to the developer in a terminal is all this program does.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod build;
mod catalog;
mod ci;
mod control_plane;
mod demo;
mod dist;
mod fuzz;
mod generate;
mod guests;
mod new_scaler;
mod servers;
mod step;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use workspace::Workspace;

/// The developer's commands for Penstock.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    max_term_width = 100,
    after_help = "Examples:
  cargo xtask demo                  see it work: 1,000 files, 0 -> 5 -> 0 workers
  cargo xtask demo --cluster        the same on Kubernetes: a control plane, the chart, Redis
  cargo xtask test                  build the scalers and run every test
  cargo xtask new-scaler beanstalkd start a scaler
  cargo xtask control-plane up      a real Kubernetes control plane, without containers
  cargo xtask ci                    what a change must pass"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Build(build::Args),
    Dist(dist::Args),
    Demo(demo::Args),
    Test(test::Args),
    NewScaler(new_scaler::Args),
    Gen(generate::Args),
    Fuzz(fuzz::Args),
    Bench(bench::Args),
    ControlPlane(control_plane::Args),
    Ci(ci::Args),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        // Without the backtrace that RUST_BACKTRACE would add: the text says what to do.
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let workspace = Workspace::find()?;
    match command {
        Command::Build(args) => build::run(&workspace, &args),
        Command::Dist(args) => dist::run(&workspace, &args).map(drop),
        Command::Demo(args) => demo::run(&workspace, &args),
        Command::Test(args) => test::run(&workspace, &args),
        Command::NewScaler(args) => new_scaler::run(&workspace, &args),
        Command::Bench(args) => bench::run(&workspace, &args),
        Command::ControlPlane(args) => control_plane::run(&workspace, &args),
        Command::Fuzz(args) => fuzz::run(&workspace, &args),
        Command::Gen(args) => generate::run(&workspace, &args),
        Command::Ci(args) => ci::run(&workspace, &args),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
