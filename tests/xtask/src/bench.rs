//! `cargo xtask bench`.

use anyhow::Result;

use crate::dist::dist;
use crate::step::run as run_command;
use crate::workspace::Workspace;

/// Measure what the sandbox costs: ratios within one run, on an otherwise idle machine.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask bench
  cargo xtask bench -o json
  cargo xtask bench --only many     10,000 triggers, two minutes long

Sections: components, stores, redis, program, many.")]
pub(crate) struct Args {
    /// How to print: text or json
    #[arg(short, long, default_value = "text", value_parser = ["text", "json"])]
    output: String,
    /// Measures one section alone
    #[arg(long, value_name = "SECTION", value_parser = ["components", "stores", "redis", "program", "many"])]
    only: Option<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let dist = dist(workspace, &workspace.target.join("dist"), "release")?;
    let mut bench = workspace.cargo();
    bench.args(["run", "--release", "--package", "tests-bench", "--"]);
    bench.arg("--scalers").arg(&dist.scalers);
    bench.arg("--penstock").arg(&dist.penstock);
    if let Some(only) = &args.only {
        bench.args(["--only", only]);
    }
    run_command(bench.args(["--output", &args.output]))
}
