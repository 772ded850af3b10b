//! The `penstock` command: arguments, wiring, and the end. What it does is done elsewhere.

mod admin;
mod args;
mod catalog;
mod client;
mod explain;
mod lint;
mod logging;
mod operator;
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

use args::{Cli, Command, LogFormat};
use logging::LogOutput;

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
    let log = match logging::start(&cli.logging, cli.command.default_log()) {
        Ok(log) => log,
        Err(error) => return could_not(&error),
    };
    match execute(cli.command, &log) {
        Ok(code) => code,
        // Whoever reads JSON gets nothing else.
        Err(error) if cli.logging.log_format == LogFormat::Json => {
            tracing::error!(why = format!("{error:#}"), "could not go on");
            ExitCode::from(COULD_NOT)
        }
        Err(error) => could_not(&error),
    }
}

#[allow(clippy::print_stderr)] // It is for whoever typed the command.
fn could_not(error: &anyhow::Error) -> ExitCode {
    eprintln!("penstock: {error:#}");
    ExitCode::from(COULD_NOT)
}

fn execute(command: Command, log: &LogOutput) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        match command {
            Command::Run(args) => run::run(*args, log).await,
            Command::Operator(args) => operator::run(*args).await,
            Command::Status(args) => status::run(&args).await,
            Command::Explain(args) => explain::run(&args).await,
            Command::Lint(args) => lint::run(&args).await,
            Command::Trigger(args) => trigger::run(*args).await,
        }
    })
}
