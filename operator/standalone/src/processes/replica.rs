use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net;
use std::pin::pin;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use futures::future::FusedFuture;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::adoption;
use super::backoff::Backoff;
use super::{LaunchSource, ProcessSettings, ReplicaPhase, ReplicaStatus};
use crate::guard::{Adoption, Destination, END, Order, Report};

/// Longest line of output taken from a guard, which cuts them at 4 KiB.
const MAX_LINE: u64 = 8192;

/// How long the last lines of output are waited for once the guard has gone.
const LAST_LINES: Duration = Duration::from_secs(1);

/// What a replica tells its set.
pub(super) enum Update {
    /// It is doing something else.
    Status(ReplicaStatus),
    /// It was adopted, and its program is not the one wanted now.
    Outdated(u32),
    /// It has ended for good.
    Gone(u32),
}

/// One replica, from its start to its end, over as many runs as it takes.
pub(super) struct Replica {
    pub(super) name: String,
    pub(super) launch: Arc<dyn LaunchSource>,
    pub(super) settings: ProcessSettings,
    /// A replica of an earlier penstock, for the first run.
    pub(super) adopted: Option<net::UnixStream>,
    pub(super) stop: CancellationToken,
    /// Cancelled: the replica is left to the next penstock.
    pub(super) leave: CancellationToken,
    pub(super) updates: mpsc::Sender<Update>,
    pub(super) status: ReplicaStatus,
}

impl Replica {
    pub(super) async fn run(mut self) {
        let mut backoff = Backoff::new(self.settings.backoff);
        while !self.is_over() {
            self.enter(ReplicaPhase::Starting).await;
            let began = Instant::now();
            let end = self.once().await;
            self.status.pid = None;
            if self.is_over() {
                break;
            }
            self.status.restarts = self.status.restarts.saturating_add(1);
            tracing::warn!(replica = %self.name, %end, restarts = self.status.restarts, "replica ended");
            self.status.last_error = Some(end);
            self.enter(ReplicaPhase::BackingOff).await;
            tokio::select! {
                () = sleep(backoff.after(began.elapsed())) => {}
                () = self.stop.cancelled() => {}
                () = self.leave.cancelled() => {}
            }
        }
        // A set that is gone needs no news.
        let _ = self.updates.send(Update::Gone(self.status.index)).await;
    }

    /// Ended, or left to the next penstock.
    fn is_over(&self) -> bool {
        self.stop.is_cancelled() || self.leave.is_cancelled()
    }

    async fn enter(&mut self, phase: ReplicaPhase) {
        self.status.phase = phase;
        let _ = self.updates.send(Update::Status(self.status.clone())).await;
    }

    /// One run. The text says how it ended.
    async fn once(&mut self) -> String {
        let ended = match self.adopted.take() {
            Some(socket) => self.adopt(socket).await,
            None => match self.launch.order(&self.name, self.status.index) {
                Ok(order) => self.guarded(self.completed(order)).await,
                Err(error) => return error.to_string(),
            },
        };
        ended.unwrap_or_else(|error| format!("its guard cannot be started: {error}"))
    }

    /// With what is the same for all replicas of the set.
    fn completed(&self, mut order: Order) -> Order {
        order.open_files = self.settings.open_files;
        if let Some(adoption) = &self.settings.adoption {
            order.revision = self.launch.revision();
            order.adoption = adoption.bound.map(|bound| Adoption {
                directory: adoption.directory.clone(),
                socket: adoption::socket(self.status.index),
                milliseconds: u64::try_from(bound.as_millis()).unwrap_or(u64::MAX),
            });
        }
        order
    }

    /// A run that began under an earlier penstock.
    async fn adopt(&mut self, socket: net::UnixStream) -> io::Result<String> {
        socket.set_nonblocking(true)?;
        let (from_guard, to_guard) = UnixStream::from_std(socket)?.into_split();
        let end = self.watch(BufReader::new(from_guard), to_guard).await;
        self.end_group();
        Ok(end)
    }

    async fn guarded(&mut self, order: Order) -> io::Result<String> {
        let (ours, theirs) = net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut guard = self.spawn(&order, theirs.into())?;
        let output = guard.stdout.take().zip(self.settings.output.clone());
        let (from_guard, mut to_guard) = UnixStream::from_std(ours)?.into_split();
        let mut text = serde_json::to_vec(&order)?;
        text.push(b'\n');
        // Should the guard be gone already, the reports end at once and say so.
        let _ = to_guard.write_all(&text).await;
        drop((text, order));

        let forwarding = async {
            if let Some((pipe, sink)) = output {
                forward(pipe, &*sink).await;
            }
        };
        let mut forwarding = pin!(forwarding.fuse());
        let end = {
            let mut watching = pin!(self.watch(BufReader::new(from_guard), to_guard));
            loop {
                tokio::select! {
                    end = &mut watching => break end,
                    () = &mut forwarding => {}
                }
            }
        };
        if !self.leave.is_cancelled() {
            // The guard has gone, and its pipe holds what was said last.
            if !forwarding.is_terminated() {
                let _ = timeout(LAST_LINES, &mut forwarding).await;
            }
            let ended = timeout(self.settings.patience, guard.wait()).await;
            if !matches!(ended, Ok(Ok(_))) {
                let _ = guard.kill().await;
            }
            self.end_group();
        }
        Ok(end)
    }

    fn spawn(&self, order: &Order, socket: OwnedFd) -> io::Result<Child> {
        let command = &self.settings.guard;
        Command::new(&command.program)
            .args(&command.arguments)
            .env_clear()
            .stdin(Stdio::from(socket))
            .stdout(match (&order.destination, &self.settings.output) {
                (Destination::Stdout, Some(_)) => Stdio::piped(),
                (Destination::Stdout, None) => Stdio::inherit(),
                _ => Stdio::null(),
            })
            .stderr(Stdio::null())
            // Out of reach of the terminal's Ctrl-C, which is for penstock.
            .process_group(0)
            .spawn()
    }

    /// Follows the reports to their end, or until the replica is left to the next penstock.
    async fn watch(
        &mut self,
        from_guard: BufReader<OwnedReadHalf>,
        to_guard: OwnedWriteHalf,
    ) -> String {
        let (stop, leave) = (self.stop.clone(), self.leave.clone());
        let mut to_guard = Some(to_guard);
        let mut lines = from_guard.lines();
        let mut grace = Duration::ZERO;
        let mut end = None;
        let mut deadline = Some(Instant::now() + self.settings.patience);
        loop {
            let far = Instant::now() + Duration::from_secs(86_400);
            let line = tokio::select! {
                () = stop.cancelled(), if to_guard.is_some() => {
                    if let Some(mut socket) = to_guard.take() {
                        // Where it cannot be said, the closed socket says it.
                        let _ = socket.write_all(format!("{END}\n").as_bytes()).await;
                    }
                    deadline = Some(Instant::now() + grace + self.settings.patience);
                    self.enter(ReplicaPhase::Ending).await;
                    continue;
                }
                () = leave.cancelled(), if !stop.is_cancelled() => return String::new(),
                line = timeout_at(deadline.unwrap_or(far), lines.next_line()) => line,
            };
            let report = match line {
                Ok(Ok(Some(line))) => serde_json::from_str::<Report>(&line),
                Ok(Ok(None) | Err(_)) => break,
                Err(_) if deadline.is_none() => continue,
                Err(_) => {
                    end.get_or_insert_with(|| "its guard does not answer".to_string());
                    break;
                }
            };
            match report {
                Ok(Report::Started {
                    pid,
                    revision,
                    grace_milliseconds,
                }) => {
                    grace = Duration::from_millis(grace_milliseconds);
                    self.status.pid = Some(pid);
                    self.status.started = Some(SystemTime::now());
                    if to_guard.is_some() {
                        deadline = None;
                        self.enter(ReplicaPhase::Running).await;
                    } else {
                        deadline = Some(Instant::now() + grace + self.settings.patience);
                    }
                    if revision != self.launch.revision() && self.settings.adoption.is_some() {
                        let _ = self.updates.send(Update::Outdated(self.status.index)).await;
                    }
                }
                Ok(Report::Failed { message }) => end = Some(message),
                Ok(Report::Exited { code, signal }) => {
                    end.get_or_insert_with(|| how(code, signal));
                    deadline = Some(Instant::now() + grace + self.settings.patience);
                    if to_guard.is_some() {
                        self.enter(ReplicaPhase::BackingOff).await;
                    }
                    // Its number may soon be another's.
                    self.status.pid = None;
                }
                Err(_) => {}
            }
        }
        end.unwrap_or_else(|| "its guard was killed".to_string())
    }

    /// Kills what a guard that was killed could not. Its number is still set only where no end was
    /// reported.
    fn end_group(&mut self) {
        let group = self
            .status
            .pid
            .take()
            .and_then(|pid| i32::try_from(pid).ok());
        if let Some(group) = group
            .and_then(Pid::from_raw)
            .filter(|_| !self.leave.is_cancelled())
        {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

fn how(code: Option<i32>, signal: Option<i32>) -> String {
    match (code, signal) {
        (Some(code), _) => format!("exited with code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended".to_string(),
    }
}

/// Hands lines on until the guard ends.
async fn forward(pipe: tokio::process::ChildStdout, sink: &(dyn Fn(&str) + Send + Sync)) {
    use tokio::io::AsyncReadExt;
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader)
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)
            .await
        {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let text = String::from_utf8_lossy(&line);
                sink(text.strip_suffix('\n').unwrap_or(&text));
            }
        }
    }
}
