//! Measures what the sandbox costs. Ratios are of figures measured in turn within one run, since the
//! speed of a machine drifts; absolute figures are for orientation. Run by `cargo xtask bench`.

// What it measured is all that it prints.
#![allow(clippy::print_stdout)]

mod components;
mod cpu;
mod many;
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
    /// Measures one section alone
    #[arg(long, value_enum)]
    only: Option<Section>,
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

/// What is measured together.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Section {
    /// Each component: size, compilation
    Components,
    /// A fresh instance
    Stores,
    /// A poll of Redis, beside the same without a sandbox
    Redis,
    /// `penstock run` with one object
    Program,
    /// `penstock run` with 10,000 triggers, two minutes long
    Many,
}

fn main() -> Result<()> {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == many::server::SUBCOMMAND)
    {
        return many::server::main();
    }
    let args = Args::parse();
    let mut report = Report::of_this_machine();
    let (penstock, scalers) = (&args.penstock, &args.scalers);
    for section in Section::value_variants() {
        if args.only.is_some_and(|only| only != *section) {
            continue;
        }
        match section {
            Section::Components => components::measure(scalers, &mut report)?,
            Section::Stores => stores::measure(scalers, &mut report)?,
            Section::Redis => redis::measure(scalers, &mut report)?,
            Section::Program => program::measure(penstock, scalers, &mut report)?,
            Section::Many => many::measure(penstock, scalers, &mut report)?,
        }
    }
    match args.output {
        Output::Text => print!("{report}"),
        Output::Json => println!("{}", serde_json::to_string_pretty(&report)?),
    }
    Ok(())
}
