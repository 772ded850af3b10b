//! `cargo xtask demo`.

mod cluster;
mod place;
mod watch;
mod workers;

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::dist::dist;
use crate::step::seconds;
use crate::workspace::Workspace;
use place::Place;
use watch::Seen;

/// `maxReplicaCount` of the demonstration's manifest.
const MOST_REPLICAS: usize = 5;

/// Show it at work: a directory of files, drained by 0 -> 5 -> 0 worker processes.
///
/// Builds penstock and the components first. The build is cargo's `dev` profile, whose
/// dependencies are optimised all the same: from a fresh clone it is ready minutes before a release
/// build would be, decides no slower at this size, and what it compiles serves `cargo xtask test` too.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask demo
  cargo xtask demo --files 3000 --deadline 300
  cargo xtask demo --release
  cargo xtask demo --cluster        on Kubernetes: 1,000 messages in Redis, 0 -> 5 -> 0 replicas

With --cluster it starts a Kubernetes control plane (no containers, no root), installs the chart, and runs the
operator and redis-server; all of it ends with the demonstration, or with Ctrl-C. The control plane is
built first, once for each user, which takes some 10 minutes.

Ends by itself: exit code 0 when every file was worked on, five replicas ran at the same time and
none is left.")]
pub(crate) struct Args {
    /// How many files to begin with
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1000..=100_000))]
    files: u32,
    /// Seconds after which the demonstration has failed
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    deadline: u64,
    /// Use a release build
    #[arg(long)]
    release: bool,
    /// Show it on Kubernetes instead
    #[arg(long, conflicts_with_all = ["files", "deadline", "release"])]
    cluster: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    if args.cluster {
        return cluster::run(workspace);
    }
    let profile = if args.release { "release" } else { "dev" };
    let out = workspace.target.join("demo");
    let dist = dist(workspace, &out, profile)?;
    let place = Place::prepare(workspace, args.files)?;

    let mut penstock = Command::new(&dist.penstock);
    penstock.arg("run").arg("-f").arg(place.manifest());
    penstock.arg("--scalers").arg(&dist.scalers);
    penstock.arg("--state-dir").arg(place.state());
    // Neither traces in the user's folders nor a port that another penstock may have.
    penstock.arg("--cache-dir").arg(out.join("cache"));
    penstock.args(["--admin", "127.0.0.1:0", "--exit-when-idle"]);
    let spool = place.spool();
    eprintln!(
        "==> {} files in {}; at most {MOST_REPLICAS} workers, none to begin with",
        args.files,
        spool.display()
    );
    let seen = watch::run(&mut penstock, &place, Duration::from_secs(args.deadline))
        .context("penstock cannot be started")?;

    let wrong = faults(&seen);
    print_summary(args.files, &seen);
    if wrong.is_empty() {
        return Ok(());
    }
    workers::end(&place.workers());
    let kept = place.keep();
    bail!("{}; see {}", wrong.join("; "), kept.display());
}

fn print_summary(files: u32, seen: &Seen) {
    println!();
    println!("files            {files} -> {}", seen.files_left);
    println!(
        "replicas         0 -> {} -> {}",
        seen.most_workers, seen.workers_left
    );
    if let Some(drained) = seen.drained {
        println!("last file taken  after {}", seconds(drained));
    }
    println!(
        "penstock ended   after {}, {}",
        seconds(seen.took),
        seen.ending()
    );
}

/// What is not as it should be.
fn faults(seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    if seen.timed_out {
        wrong.push("the deadline passed".to_string());
    } else if !seen.succeeded() {
        wrong.push(format!("penstock failed ({})", seen.ending()));
    }
    if seen.files_left > 0 {
        wrong.push(format!("{} files are left", seen.files_left));
    }
    if seen.most_workers != MOST_REPLICAS {
        let most = seen.most_workers;
        wrong.push(format!(
            "{most} replicas were seen at most, not {MOST_REPLICAS}"
        ));
    }
    if seen.workers_left > 0 {
        wrong.push(format!("{} workers are left", seen.workers_left));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Seen {
        Seen {
            status: Some(std::process::ExitStatus::default()),
            timed_out: false,
            took: Duration::from_secs(30),
            drained: Some(Duration::from_secs(22)),
            most_workers: MOST_REPLICAS,
            files_left: 0,
            workers_left: 0,
        }
    }

    #[test]
    fn each_fault_fails_the_demonstration() {
        assert!(faults(&good()).is_empty());
        let cases = [
            Seen {
                timed_out: true,
                ..good()
            },
            Seen {
                status: None,
                ..good()
            },
            Seen {
                files_left: 1,
                ..good()
            },
            Seen {
                most_workers: 4,
                ..good()
            },
            Seen {
                most_workers: 6,
                ..good()
            },
            Seen {
                workers_left: 1,
                ..good()
            },
        ];
        for seen in cases {
            assert_eq!(faults(&seen).len(), 1, "{seen:?}");
        }
    }
}
