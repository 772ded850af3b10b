use std::io;
use std::os::fd::OwnedFd;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::{LaunchSource, ProcessSettings, ReplicaPhase, ReplicaStatus};
use crate::guard::{Destination, Order, Report};

/// Longest line of output taken from a guard, which cuts them at 4 KiB.
const MAX_LINE: u64 = 8192;

/// What a replica tells its set.
pub(super) enum Update {
    /// It is doing something else.
    Status(ReplicaStatus),
    /// It has ended for good.
    Gone(u32),
}

/// One replica, from its start to its end, over as many runs as it takes.
pub(super) struct Replica {
    pub(super) name: String,
    pub(super) launch: Arc<dyn LaunchSource>,
    pub(super) settings: ProcessSettings,
    pub(super) stop: CancellationToken,
    pub(super) updates: mpsc::Sender<Update>,
    pub(super) status: ReplicaStatus,
}

impl Replica {
    pub(super) async fn run(mut self) {
        let mut backoff = Backoff::new(self.settings.backoff);
        while !self.stop.is_cancelled() {
            self.enter(ReplicaPhase::Starting).await;
            let began = Instant::now();
            let end = self.once().await;
            self.status.pid = None;
            if self.stop.is_cancelled() {
                break;
            }
            self.status.restarts = self.status.restarts.saturating_add(1);
            tracing::warn!(replica = %self.name, end = %end, restarts = self.status.restarts, "replica ended");
            self.status.last_error = Some(end);
            self.enter(ReplicaPhase::BackingOff).await;
            tokio::select! {
                () = sleep(backoff.after(began.elapsed())) => {}
                () = self.stop.cancelled() => {}
            }
        }
        // A set that is gone needs no news.
        let _ = self.updates.send(Update::Gone(self.status.index)).await;
    }

    async fn enter(&mut self, phase: ReplicaPhase) {
        self.status.phase = phase;
        let _ = self.updates.send(Update::Status(self.status.clone())).await;
    }

    /// One run. The text says how it ended.
    async fn once(&mut self) -> String {
        let order = match self.launch.order(&self.name, self.status.index) {
            Ok(order) => order,
            Err(error) => return error.to_string(),
        };
        match self.guarded(&order).await {
            Ok(text) => text,
            Err(error) => format!("its guard cannot be started: {error}"),
        }
    }

    async fn guarded(&mut self, order: &Order) -> io::Result<String> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut guard = self.spawn(order, theirs.into())?;
        let output = guard.stdout.take().zip(self.settings.output.clone());
        let (from_guard, mut to_guard) = UnixStream::from_std(ours)?.into_split();
        let mut text = serde_json::to_vec(order)?;
        text.push(b'\n');
        // Should the guard be gone already, the reports end at once and say so.
        let _ = to_guard.write_all(&text).await;
        drop(text);

        let watched = self.watch(BufReader::new(from_guard), to_guard, order);
        let (end, ()) = tokio::join!(watched, async {
            if let Some((pipe, sink)) = output {
                forward(pipe, &*sink).await;
            }
        });
        self.finish(&mut guard).await;
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

    /// Follows the reports to their end. Dropping `to_guard` is the order to end.
    async fn watch(
        &mut self,
        from_guard: BufReader<tokio::net::unix::OwnedReadHalf>,
        to_guard: tokio::net::unix::OwnedWriteHalf,
        order: &Order,
    ) -> String {
        let mut to_guard = Some(to_guard);
        let mut lines = from_guard.lines();
        let mut end = None;
        let mut deadline = Some(Instant::now() + self.settings.patience);
        loop {
            let far = Instant::now() + Duration::from_secs(86_400);
            let line = tokio::select! {
                () = self.stop.cancelled(), if to_guard.is_some() => {
                    to_guard = None;
                    deadline = Some(self.end_by(order));
                    self.enter(ReplicaPhase::Ending).await;
                    continue;
                }
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
                Ok(Report::Started { pid }) => {
                    self.status.pid = Some(pid);
                    self.status.started = Some(SystemTime::now());
                    if to_guard.is_some() {
                        deadline = None;
                        self.enter(ReplicaPhase::Running).await;
                    }
                }
                Ok(Report::Failed { message }) => end = Some(message),
                Ok(Report::Exited { code, signal }) => {
                    end.get_or_insert_with(|| how(code, signal));
                    deadline = Some(self.end_by(order));
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

    fn end_by(&self, order: &Order) -> Instant {
        Instant::now() + Duration::from_millis(order.grace_milliseconds) + self.settings.patience
    }

    /// The guard has closed its socket, or does not answer: nothing of it may stay.
    async fn finish(&mut self, guard: &mut Child) {
        let ended: Result<io::Result<ExitStatus>, _> =
            timeout(self.settings.patience, guard.wait()).await;
        if !matches!(ended, Ok(Ok(_))) {
            let _ = guard.kill().await;
        }
        // Still set only where no end was reported.
        if let Some(group) = self
            .status
            .pid
            .take()
            .and_then(|pid| i32::try_from(pid).ok())
            && let Some(group) = Pid::from_raw(group)
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
