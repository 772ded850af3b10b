//! `cargo xtask control-plane`, which starts this.

// Talking to the developer in a terminal is all this program does.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use tests_control_plane::background::{Place, Running};
use tests_control_plane::{Binaries, Options};

/// A real Kubernetes control plane on this machine: no containers, no root, nothing left behind.
///
/// etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and kwok, which plays the nodes and pods.
#[derive(Parser)]
#[command(
    name = "cargo xtask control-plane",
    bin_name = "cargo xtask control-plane",
    max_term_width = 100,
    after_help = "Examples:
  cargo xtask control-plane up
  export KUBECONFIG=~/.cache/penstock/control-plane/running/kubeconfig
  kubectl create deployment web --image=any --replicas=100
  kubectl get pods
  cargo xtask control-plane down"
)]
struct Cli {
    /// The folder that says which one runs; for tests
    #[arg(long, global = true, hide = true, value_name = "FOLDER")]
    place: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start one in the background, and say how to use it
    #[command(after_help = "Examples:
  cargo xtask control-plane up
  cargo xtask control-plane up --nodes 10 --hpa-sync-period 1

One at a time for each user; it stays until `cargo xtask control-plane down`, in whichever terminal.
(Tests start their own.) The programs are built first, once for each user: that takes minutes.")]
    Up(Shape),
    /// End it, and wait until it has ended
    #[command(after_help = "Examples:\n  cargo xtask control-plane down")]
    Down,
    /// Say whether one runs, and how to use it; exit code 1 when none does
    #[command(after_help = "Examples:\n  cargo xtask control-plane status")]
    Status,
    /// Build its programs, unless they are built
    #[command(after_help = "Examples:
  cargo xtask control-plane build

They are kept in ${XDG_CACHE_HOME:-~/.cache}/penstock/control-plane, in a folder for each version. Go is installed when root
on Debian, else the command is printed.")]
    Build,
    #[command(hide = true)]
    Serve(Shape),
}

#[derive(clap::Args)]
struct Shape {
    /// How many nodes there are
    #[arg(long, default_value_t = 3)]
    nodes: usize,
    /// Seconds between two decisions of the HPA
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..))]
    hpa_sync_period: u64,
}

impl Shape {
    fn options(&self) -> Options {
        Options {
            nodes: self.nodes,
            hpa_sync_period: Duration::from_secs(self.hpa_sync_period),
            ..Options::default()
        }
    }

    fn arguments(&self) -> Vec<String> {
        vec![
            format!("--nodes={}", self.nodes),
            format!("--hpa-sync-period={}", self.hpa_sync_period),
        ]
    }
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode> {
    let place = || cli.place.as_deref().map_or_else(Place::of_user, Place::new);
    match &cli.command {
        Command::Build => drop(Binaries::build()?),
        Command::Up(shape) => up(&place()?, shape)?,
        Command::Down => {
            let ended = place()?.stop()?;
            println!("{}", if ended { "ended" } else { "none runs" });
        }
        Command::Status => match place()?.running()? {
            Some(running) => print(&running),
            None => {
                println!("none runs; start one: cargo xtask control-plane up");
                return Ok(ExitCode::FAILURE);
            }
        },
        Command::Serve(shape) => {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(place()?.serve(shape.options()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn up(place: &Place, shape: &Shape) -> Result<()> {
    if let Some(running) = place.running()? {
        println!("already running; end it: cargo xtask control-plane down\n");
        print(&running);
        return Ok(());
    }
    Binaries::build()?;
    let program = std::env::current_exe().context("this program does not know where it is")?;
    eprintln!("==> Starting a control plane");
    print(&place.start(&program, &shape.arguments())?);
    Ok(())
}

fn print(running: &Running) {
    let kubeconfig = running.kubeconfig.display();
    println!("Kubernetes   {} at {}", running.version, running.url);
    println!("kubeconfig   {kubeconfig}");
    println!("logs         {}", running.folder.display());
    println!("started in   {:.1} s", running.boot_seconds);
    for (name, id) in &running.processes {
        println!("process      {id} {name}");
    }
    println!(
        "
  export KUBECONFIG={kubeconfig}
  alias kubectl={kubectl} helm={helm}
  kubectl create deployment web --image=any --replicas=100
  kubectl get deployment,pods
  cargo xtask control-plane down",
        kubectl = running.kubectl.display(),
        helm = running.helm.display(),
    );
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
