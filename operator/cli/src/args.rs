//! What can be typed. No behaviour.

mod catalog;
mod lint;
mod logging;
mod operator;
mod trigger;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use catalog::CatalogArgs;
pub(crate) use lint::LintArgs;
pub(crate) use logging::{LogFormat, LoggingArgs};
pub(crate) use operator::{ClusterArgs, ElectionArgs, OperatorArgs, ServingArgs};
pub(crate) use trigger::{AskArgs, DescribeArgs, TriggerArgs, TriggerCommand};

/// Event-driven autoscaling with sandboxed scalers. Takes KEDA's objects as they are.
#[derive(Debug, Parser)]
#[command(name = "penstock", version, propagate_version = true)]
#[command(after_help = "Examples:
  penstock run -f app.yaml             scale local processes as app.yaml says
  penstock run -f app.yaml --dry-run   only say what would be done
  penstock lint manifests/             what is wrong with manifests, and what to do about it
  penstock status                      what a running penstock does now
  penstock explain default/worker      why it did what it did last
  penstock trigger poll --type redis --set listName=q --set address=127.0.0.1:6379
                                       what one trigger says right now")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) logging: LoggingArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scales processes on this machine until it is told to stop
    Run(Box<RunArgs>),
    /// Scales workloads in a Kubernetes cluster until it is told to stop
    Operator(Box<OperatorArgs>),
    /// Shows what a running penstock does now
    Status(StatusArgs),
    /// Explains the last decisions about one object
    Explain(ExplainArgs),
    /// Says what is wrong with manifests, without any cluster or server
    Lint(Box<LintArgs>),
    /// Tries one trigger, without any object or cluster
    Trigger(Box<TriggerArgs>),
}

impl Command {
    /// What is logged when nobody says.
    pub(crate) fn default_log(&self) -> &'static str {
        match self {
            Self::Run(_) | Self::Operator(_) => "info",
            // What they print is the answer; that a scaler was loaded is not part of it.
            _ => "warn",
        }
    }
}

/// Scales processes on this machine.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  penstock run -f app.yaml
  penstock run -f manifests/ --scalers /usr/lib/penstock/scalers --admin 127.0.0.1:9100
  penstock run -f app.yaml --dry-run --log-format json

Stops on SIGTERM or SIGINT: replicas are asked to end and given their grace period.
Exit codes: 0 stopped as asked, 1 something was left or failed, 2 could not start.")]
pub(crate) struct RunArgs {
    /// A YAML file, or a folder of them; may be given several times. Changes apply while running
    #[arg(short, long = "file", value_name = "FILE|DIR", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
    /// Serves /healthz, /readyz, /metrics and /api/v1/objects
    #[arg(long, value_name = "ADDRESS", default_value = DEFAULT_ADMIN, env = "PENSTOCK_ADMIN", value_parser = address)]
    pub(crate) admin: SocketAddr,
    /// Serves nothing
    #[arg(long, conflicts_with = "admin")]
    pub(crate) no_admin: bool,
    /// Decides and explains, but starts and stops nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Where cooldowns, counts and histories are kept over a restart
    #[arg(long, value_name = "DIR", env = "PENSTOCK_STATE_DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// What to show: a live table, plain lines, or whichever fits the output
    #[arg(long, value_enum, default_value_t)]
    pub(crate) view: View,
    /// How long replicas may take to end when penstock stops
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(crate) drain_timeout: Duration,
    /// Lets replicas outlive penstock, however it ends, for so long: the next run with the same state
    /// directory adopts them. What they print to standard output meanwhile is lost
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) adopt: Option<Duration>,
    /// Stops with exit code 0 once every object has been active and has no replica left
    #[arg(long)]
    pub(crate) exit_when_idle: bool,
}

/// Where `penstock run` answers unless told otherwise.
const DEFAULT_ADMIN: &str = "127.0.0.1:9191";

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("write an IP address and a port, such as {DEFAULT_ADMIN}"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: u64 = text
        .parse()
        .map_err(|_| "write a whole number of seconds, without a unit".to_string())?;
    Ok(Duration::from_secs(seconds))
}

/// How `penstock run` shows what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum View {
    /// A table on a terminal, lines elsewhere
    #[default]
    Auto,
    /// A table that is redrawn
    Table,
    /// One line for each thing that happens
    Lines,
}

/// Where a running penstock answers.
#[derive(Debug, Args)]
pub(crate) struct AdminArgs {
    /// The admin address of the running penstock
    #[arg(long, value_name = "ADDRESS", default_value = DEFAULT_ADMIN, env = "PENSTOCK_ADMIN", value_parser = address)]
    pub(crate) admin: SocketAddr,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// For people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Output {
    /// Text for people
    #[default]
    Text,
    /// The API's JSON
    Json,
}

/// Shows what a running penstock does now.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  penstock status
  penstock status --admin 127.0.0.1:9100 -o json

Exit codes: 0 all objects are ready and their replicas run, 1 some are not, 2 penstock could not be
asked.")]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) admin: AdminArgs,
}

/// Explains the last decisions about one object.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  penstock explain worker
  penstock explain shop/worker --last 5
  penstock explain worker -o json

Exit codes: 0 explained, 2 no such object, or penstock could not be asked.")]
pub(crate) struct ExplainArgs {
    /// The object: NAME, or NAMESPACE/NAME where a name alone is ambiguous
    pub(crate) name: String,
    /// How many decisions, newest first
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) last: usize,
    #[command(flatten)]
    pub(crate) admin: AdminArgs,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
