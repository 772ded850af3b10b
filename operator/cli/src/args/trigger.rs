use std::convert::Infallible;

use clap::{Args, Subcommand};
use secrecy::SecretString;

use super::{CatalogArgs, Output};

/// Tries one trigger, without any object or cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  penstock trigger describe
  penstock trigger check --type redis --set listName=q --set address=127.0.0.1:6379
  penstock trigger poll --type redis --set listName=q --set address=127.0.0.1:6379

`penstock trigger check --help` says more.")]
pub(crate) struct TriggerArgs {
    #[command(subcommand)]
    pub(crate) command: TriggerCommand,
}

/// What to try.
#[derive(Debug, Subcommand)]
pub(crate) enum TriggerCommand {
    /// Says what a trigger's parameters mean, without asking its source
    #[command(after_help = "Examples:
  penstock trigger check --type redis --set listName=q --set address=127.0.0.1:6379
  penstock trigger check --type redis --set listName=q --set addressFromEnv=REDIS \\
      --env REDIS=127.0.0.1:6379 --auth password=env:REDIS_PASSWORD -o json
  penstock trigger check --stdin < triggers.jsonl

With --stdin, one JSON object a line:
  {\"id\",\"type\",\"metadata\",\"authParams\",\"resolvedEnv\",\"podIdentity\",\"triggerIndex\",
   \"metricType\",\"asMetricSource\",\"namespace\"}
and one a line out, in the same order:
  {\"id\",\"ok\",\"errors\":[{\"param\",\"message\"}],
   \"metrics\":[{\"name\",\"targetType\",\"target\"}]}
A type that no scaler provides has \"unsupported\":true.

Exit codes: 0 the parameters are right, or all of --stdin was answered; 1 they are wrong, or no
scaler has the type; 2 could not run.")]
    Check(AskArgs),
    /// Asks a trigger's source once, and says what penstock would do
    #[command(after_help = "Examples:
  penstock trigger poll --type redis --set listName=q --set address=127.0.0.1:6379
  penstock trigger poll --type redis --set listName=q --set address=127.0.0.1:6379 \\
      --auth password=env:REDIS_PASSWORD -o json
  penstock trigger poll --stdin < triggers.jsonl

--stdin works as for `penstock trigger check`; answers also have \"active\" (null: not known), and
each metric \"value\" (exact decimal text) or \"unknown\":\"reason\".

Exit codes: 0 the source answered, or all of --stdin was answered; 1 it did not, the parameters
are wrong, or no scaler has the type; 2 could not run.")]
    Poll(AskArgs),
    /// Lists the trigger types that there are, or one type's parameters
    #[command(after_help = "Examples:
  penstock trigger describe
  penstock trigger describe redis
  penstock trigger describe -o json

Exit codes: 0 described, 1 no scaler has the type, 2 could not run.")]
    Describe(DescribeArgs),
}

/// One trigger, or many.
#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    /// The trigger's type, such as `redis`
    #[arg(long = "type", value_name = "TYPE", required_unless_present = "stdin")]
    pub(crate) trigger_type: Option<String>,
    /// A parameter, as in the manifest's `metadata`; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = hidden)]
    pub(crate) metadata: Vec<SecretString>,
    /// A parameter as from an authentication. VALUE may be `env:VARIABLE` or `file:PATH`, which
    /// other users of the machine cannot see; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = hidden)]
    pub(crate) auth: Vec<SecretString>,
    /// A variable of the workload's environment, for `<parameter>FromEnv`; without a value that
    /// of penstock's own environment; may be given several times
    #[arg(long, value_name = "NAME[=VALUE]", value_parser = hidden)]
    pub(crate) env: Vec<SecretString>,
    /// The trigger's own name
    #[arg(long, value_name = "NAME", default_value = "")]
    pub(crate) name: String,
    /// Its position in the object's list of triggers, from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) index: u32,
    /// Namespace of the object
    #[arg(long, value_name = "NAMESPACE", default_value = "default")]
    pub(crate) namespace: String,
    /// The manifest's `metricType`: AverageValue or Value
    #[arg(long, value_name = "TYPE", default_value = "")]
    pub(crate) metric_type: String,
    /// As if the object had scaling modifiers: some types then need no target
    #[arg(long)]
    pub(crate) as_metric_source: bool,
    /// The authentication's pod identity, such as `aws` or `azure-workload`
    #[arg(long, value_name = "PROVIDER", default_value = "none")]
    pub(crate) pod_identity: String,
    /// Reads triggers from standard input instead, one JSON object a line
    #[arg(
        long,
        conflicts_with_all = [
            "trigger_type", "metadata", "auth", "env", "name", "index", "namespace",
            "metric_type", "as_metric_source", "pod_identity", "output"
        ]
    )]
    pub(crate) stdin: bool,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// Which types to describe.
#[derive(Debug, Args)]
pub(crate) struct DescribeArgs {
    /// Only this type, with all that is known of its parameters
    #[arg(value_name = "TYPE")]
    pub(crate) trigger_type: Option<String>,
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// Any text, never refused here: what refuses an argument also quotes it.
// The signature is clap's.
#[allow(clippy::unnecessary_wraps)]
fn hidden(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}
