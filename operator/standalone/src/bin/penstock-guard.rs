//! Penstock in miniature, for the tests of this crate: a guard, or a program that keeps replicas until
//! it is killed.
//!
//! `penstock-guard __guard` is a guard. `penstock-guard hold N PROGRAM ARGUMENT...` keeps N replicas.

use std::process::ExitCode;
use std::sync::Arc;

use operator_engine::port::ScaleTarget;
use operator_standalone::guard::{self, Destination, Order};
use operator_standalone::processes::{LaunchError, LaunchSource, ProcessSet, ProcessSettings};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

struct Fixed(Vec<String>);

impl LaunchSource for Fixed {
    fn order(&self, replica: &str, _index: u32) -> Result<Order, LaunchError> {
        Ok(Order {
            program: self.0[0].clone(),
            arguments: self.0[1..].to_vec(),
            environment: std::env::vars().collect(),
            directory: None,
            grace_milliseconds: 500,
            prefix: format!("{replica} | "),
            destination: Destination::Stdout,
            open_files: None,
            revision: String::new(),
            adoption: None,
        })
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, _)) if first == guard::SUBCOMMAND => guard::main(),
        Some((first, rest)) if first == "hold" && rest.len() > 1 => hold(rest),
        _ => ExitCode::FAILURE,
    }
}

#[tokio::main]
async fn hold(arguments: &[String]) -> ExitCode {
    let Ok(replicas) = arguments[0].parse() else {
        return ExitCode::FAILURE;
    };
    let launch = Arc::new(Fixed(arguments[1..].to_vec()));
    let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
    let set = ProcessSet::start(
        "held",
        0,
        launch,
        ProcessSettings::default(),
        &tracker,
        stop,
    );
    if set.scale(replicas).await.is_err() {
        return ExitCode::FAILURE;
    }
    std::future::pending().await
}
