//! `penstock run`.

mod events;
mod idle;
mod lines;
mod screen;
pub(crate) mod stop;
mod table;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use operator_engine::EngineConfig;
use operator_standalone::open_files;
use operator_standalone::run::{Drained, RunOptions, Standalone};
use operator_standalone::state;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::Admin;
use crate::args::{RunArgs, View};
use crate::catalog;
use crate::logging::LogOutput;
use crate::scalers::Components;

/// Runs until it is told to stop, or is idle and was asked to end then.
pub(crate) async fn run(args: RunArgs, log: &LogOutput) -> anyhow::Result<ExitCode> {
    for file in &args.files {
        // Later it may go and come; not to be there at the start is a slip of the pen.
        std::fs::metadata(file).with_context(|| format!("--file {}", file.display()))?;
    }
    // Before the first connection; replicas get back what there was.
    let replicas_open_files = raise_open_files();
    let catalog = catalog::open(&args.catalog, catalog::Trust::Own)?;
    let on_screen = match args.view {
        View::Table => true,
        View::Lines => false,
        View::Auto => std::io::stdout().is_terminal(),
    };
    let output = screen::Output::new();
    let mut options = RunOptions {
        engine: EngineConfig {
            dry_run: args.dry_run,
            ..EngineConfig::default()
        },
        drain: args.drain_timeout,
        adopt: args.adopt,
        recorder: Arc::new(events::EventLog::default()),
        ..RunOptions::new(args.files.clone(), state_directory(&args)?)
    };
    options.processes.open_files = replicas_open_files;
    if on_screen {
        // The table owns the terminal: what replicas print goes above it, through us.
        options.processes.output = Some(output.sink());
    }
    let above_the_table = on_screen.then(|| output.sink());
    let standalone = Standalone::new(options, Arc::new(Components(catalog)))
        .context("cannot keep state; --state-dir names another directory")?;
    let standalone = Arc::new(standalone);
    let admin = match args.no_admin {
        true => None,
        false => Some(Admin::bind(args.admin, "--admin, or --no-admin").await?),
    };

    let stop = CancellationToken::new();
    let tracker = TaskTracker::new();
    let ended = CancellationToken::new();
    tracker.spawn(stop::on_signals(stop.clone(), ended.clone())?);
    if let Some(admin) = admin {
        tracing::info!(address = %admin.address, "admin address");
        let (serving, stop) = (
            admin.serve(standalone.clone(), stop.clone().cancelled_owned()),
            stop.clone(),
        );
        tracker.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the admin address is no longer served");
                stop.cancel();
            }
        });
    }
    if args.exit_when_idle {
        tracker.spawn(idle::stop_when_idle(standalone.clone(), stop.clone()));
    }
    let shown = CancellationToken::new();
    let diverted = above_the_table.map(|sink| log.divert(sink));
    let showing = match on_screen {
        true => tracker.spawn(table::show(standalone.clone(), output, shown.clone())),
        false => tracker.spawn(lines::show(standalone.clone(), shown.clone())),
    };

    let drained = standalone.run(stop.clone()).await;
    stop.cancel();
    shown.cancel();
    if showing.await.is_err() {
        tracing::error!("what was shown is not up to date: its task crashed");
    }
    drop(diverted);
    ended.cancel();
    tracker.close();
    tracker.wait().await;
    Ok(report(&drained))
}

/// Lets penstock open as many files as it may; the soft limit before, for what it starts.
fn raise_open_files() -> Option<u64> {
    let raised = open_files::raise();
    if let Err(error) = &raised.changed {
        tracing::warn!(%error, limit = raised.now, "the limit of open files cannot be raised");
    }
    if raised.now.is_some_and(|now| now < open_files::ENOUGH) {
        tracing::warn!(
            limit = raised.now,
            "the limit of open files is low: with many triggers connections will fail; raise the \
             hard limit (ulimit -Hn, or LimitNOFILE= of a systemd unit)"
        );
    }
    raised.before
}

fn state_directory(args: &RunArgs) -> anyhow::Result<PathBuf> {
    match &args.state_dir {
        Some(directory) => Ok(directory.clone()),
        None => Ok(state::default_directory(|name| std::env::var_os(name))?),
    }
}

/// Says what was left, and how the program ends.
fn report(drained: &Drained) -> ExitCode {
    for object in &drained.unfinished {
        tracing::warn!(%object, "its task did not end in time");
    }
    for (process, replicas) in &drained.left {
        tracing::warn!(%process, replicas, "replicas did not end in time; their guards end them");
    }
    for (process, replicas) in &drained.adoptable {
        tracing::info!(%process, replicas, "replicas go on, for the next run to adopt");
    }
    if let Some(why) = &drained.failed {
        tracing::error!(why, "stopped by itself");
    }
    let clean =
        drained.unfinished.is_empty() && drained.left.is_empty() && drained.failed.is_none();
    if clean && drained.adoptable.is_empty() {
        tracing::info!("stopped, nothing is left running");
    }
    ExitCode::from(u8::from(!clean))
}
