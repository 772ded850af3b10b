//! Measures what the sandbox costs. Ratios are of figures measured in turn within one run, since the
//! speed of a machine drifts; absolute figures are for orientation. Run by `cargo xtask bench`.

// What it measured is all that it prints.
#![allow(clippy::print_stdout)]

mod components;
mod cpu;
mod program;
mod redis;
mod report;
mod stores;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use report::Report;

/// Measures what the sandbox costs.
#[derive(Parser)]
struct Args {
    /// The folder of built components
    #[arg(long, env = "PENSTOCK_SCALERS_DIR")]
    scalers: PathBuf,
    /// The built program
    #[arg(long, env = "PENSTOCK_BIN")]
    penstock: PathBuf,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Output {
    /// A table
    #[default]
    Text,
    /// JSON
    Json,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let mut report = Report::of_this_machine();
    components::measure(&args.scalers, &mut report)?;
    stores::measure(&args.scalers, &mut report)?;
    redis::measure(&args.scalers, &mut report)?;
    program::measure(&args.penstock, &args.scalers, &mut report)?;
    match args.output {
        Output::Text => print!("{report}"),
        Output::Json => println!("{}", serde_json::to_string_pretty(&report)?),
    }
    Ok(())
}
