//! The `penstock` command: arguments, wiring, and the end. What it does is done elsewhere.

mod admin;
mod args;
mod catalog;
mod client;
mod explain;
mod logging;
mod run;
mod scalers;
mod status;
mod text;
mod trigger;
mod view;

use std::process::ExitCode;

use clap::Parser;
use operator_standalone::guard;
use runtime_host::compiler;

use args::{Cli, Command};

/// Exit code of a command that could not even begin.
const COULD_NOT: u8 = 2;

fn main() -> ExitCode {
    // This program again, as a guard of a replica or as a compiler: before any thread is started.
    match std::env::args_os().nth(1) {
        Some(first) if first == guard::SUBCOMMAND => return guard::main(),
        Some(first) if first == compiler::SUBCOMMAND => return compiler::main(),
        _ => {}
    }
    let cli = Cli::parse();
    match execute(cli) {
        Ok(code) => code,
        Err(error) => {
            #[allow(clippy::print_stderr)] // Logging may be what failed.
            {
                eprintln!("penstock: {error:#}");
            }
            ExitCode::from(COULD_NOT)
        }
    }
}

fn execute(cli: Cli) -> anyhow::Result<ExitCode> {
    logging::start(&cli.logging, cli.command.default_log())?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        match cli.command {
            Command::Run(args) => run::run(*args).await,
            Command::Status(args) => status::run(&args).await,
            Command::Explain(args) => explain::run(&args).await,
            Command::Trigger(args) => trigger::run(*args).await,
        }
    })
}
