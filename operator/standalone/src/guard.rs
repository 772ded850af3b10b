//! The parent of one replica, in a process of its own.
//!
//! Penstock starts itself again as `penstock __guard`, and that process starts the replica. Between
//! the two is one socket, the guard's standard input: penstock writes an [`Order`], the guard answers with
//! [`Report`]s, and **the end of the socket is the order to end**, so that a penstock that was killed
//! ends its replicas exactly as one that scales down: SIGTERM to the whole process group, SIGKILL after
//! the grace period. The guard is a child subreaper: grandchildren that leave the group or daemonise
//! become its own children when their parent ends, and the guard does not end before they do.
//! Where an order asks for adoption, only the word [`END`] is the order to end; without it the guard keeps
//! the replica for a bounded time, until the next penstock comes to its socket in the state directory.
//! Should the guard itself be killed, the kernel kills the replica with it, and penstock its group.
//!
//! Linux alone has what this needs (subreapers, pidfds, `/proc`).

mod adoption;
mod descendants;
mod order;
mod pump;

use std::io::{BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process_group, set_child_subreaper,
    set_parent_process_death_signal, wait, waitid,
};

pub use adoption::connect;
pub use order::{Adoption, Destination, Order, Report};

use crate::open_files;
use adoption::{Inbox, Waiting};

/// The hidden subcommand by which penstock starts itself as a guard.
pub const SUBCOMMAND: &str = "__guard";

/// The line by which penstock ends a replica, adoptable or not.
pub const END: &str = "end";

/// How often processes are killed again: each death may hand the guard further children.
const KILL_AGAIN: Duration = Duration::from_millis(200);
/// How long the last lines of output are waited for once every process has ended.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Runs a guard whose standard input is the socket to penstock. To be called before any thread is
/// started, with nothing else done.
pub fn main() -> ExitCode {
    // Only a kernel without subreapers refuses; grandchildren that daemonise escape there.
    let _ = set_child_subreaper(Some(rustix::process::getpid()));
    let Ok(stdin) = std::io::stdin().as_fd().try_clone_to_owned() else {
        return ExitCode::FAILURE;
    };
    let mut socket = BufReader::new(UnixStream::from(stdin));
    let mut line = String::new();
    let Some(order) = socket
        .read_line(&mut line)
        .ok()
        .and_then(|_| serde_json::from_str::<Order>(&line).ok())
    else {
        return ExitCode::FAILURE;
    };
    let reports = Reports::new(socket.get_ref());
    let started = pump::sinks(&order.destination).and_then(|sinks| {
        let inbox = order.adoption.as_ref().map(Inbox::open).transpose()?;
        Ok((start(&order)?, sinks, inbox))
    });
    let (mut child, sinks, inbox) = match started {
        Ok(started) => started,
        Err(message) => {
            reports.send(&Report::Failed { message });
            return ExitCode::FAILURE;
        }
    };
    let started = Report::Started {
        pid: child.id(),
        revision: order.revision.clone(),
        grace_milliseconds: order.grace_milliseconds,
    };
    reports.send(&started);
    let pumps = pump::start(&mut child, &order.prefix, sinks);
    let next = inbox.as_ref().and_then(Inbox::share);
    let (events, received) = mpsc::sync_channel(2);
    let (ends, listener) = (events.clone(), reports.clone());
    thread::spawn(move || wait_for_end(socket, next, &listener, &started, &ends));
    watch(&child, &order, &reports, events, &received);
    pumps.finish(LAST_LINES);
    ExitCode::SUCCESS
}

/// Where reports go: to whichever penstock is there. One that is gone reads none, and the replica is
/// looked after all the same.
#[derive(Clone)]
struct Reports(Arc<Mutex<Option<UnixStream>>>);

impl Reports {
    fn new(socket: &UnixStream) -> Self {
        Self(Arc::new(Mutex::new(socket.try_clone().ok())))
    }

    fn redirect(&self, socket: &UnixStream) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = socket.try_clone().ok();
    }

    fn send(&self, report: &Report) {
        let mut socket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(to), Ok(mut text)) = (socket.as_mut(), serde_json::to_vec(report)) {
            text.push(b'\n');
            let _ = to.write_all(&text);
        }
    }
}

fn start(order: &Order) -> Result<Child, String> {
    if let Some(directory) = &order.directory
        && !directory.is_dir()
    {
        return Err(format!(
            "working directory {} does not exist",
            directory.display()
        ));
    }
    let output = || match order.destination {
        Destination::Discard => Stdio::null(),
        Destination::Stdout | Destination::File(_) => Stdio::piped(),
    };
    let mut command = Command::new(&order.program);
    command
        .args(&order.arguments)
        .stdin(Stdio::null())
        .stdout(output())
        .stderr(output());
    // Nothing of the guard's own: penstock has put the whole environment into the order.
    command
        .env_clear()
        .envs(order.environment.iter().map(|(name, value)| (name, value)));
    command.process_group(0);
    if let Some(directory) = &order.directory {
        command.current_dir(directory);
    }
    let open_files = order.open_files;
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; these are a prctl and
    // a prlimit. The signal is tied to the thread that forks, which here is the main one.
    unsafe {
        command.pre_exec(move || {
            if let Some(soft) = open_files {
                open_files::begin_with(soft)?;
            }
            Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
        });
    }
    command
        .spawn()
        .map_err(|error| format!("{}: {error}", order.program))
}

/// What the guard waits for.
enum Event {
    /// Penstock ended the socket, or is gone.
    End,
    /// A child can be reaped.
    Waitable,
}

/// Returns when no process is left.
fn watch(
    child: &Child,
    order: &Order,
    reports: &Reports,
    events: SyncSender<Event>,
    received: &Receiver<Event>,
) {
    let (reaped, acknowledged) = mpsc::sync_channel::<()>(1);
    thread::spawn(move || wait_for_children(&events, &acknowledged));

    let Some(replica) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return;
    };
    let mut running = true;
    // When processes are killed rather than asked.
    let mut deadline: Option<Instant> = None;
    let end = |running: bool, deadline: &mut Option<Instant>| {
        if deadline.is_none() {
            signal(replica, running, Signal::TERM);
            *deadline = Some(Instant::now() + Duration::from_millis(order.grace_milliseconds));
        }
    };
    loop {
        let event = match deadline {
            None => received.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => received.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        match event {
            Ok(Event::End) => end(running, &mut deadline),
            Ok(Event::Waitable) => {
                loop {
                    match wait(WaitOptions::NOHANG) {
                        Ok(Some((pid, status))) if pid == replica => {
                            running = false;
                            reports.send(&Report::Exited {
                                code: status.exit_status(),
                                signal: status.terminating_signal(),
                            });
                            // What a replica leaves behind ends with it.
                            end(running, &mut deadline);
                        }
                        Ok(Some(_)) | Err(Errno::INTR) => {}
                        Ok(None) => break,
                        Err(_) => return,
                    }
                }
                let _ = reaped.try_send(());
            }
            Err(RecvTimeoutError::Timeout) => {
                signal(replica, running, Signal::KILL);
                deadline = Some(Instant::now() + KILL_AGAIN);
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// To the group at once, for what is forked meanwhile, and to all that has left it. A group whose
/// leader has been reaped is left alone, since its number may be another's by now.
fn signal(replica: Pid, running: bool, signal: Signal) {
    if running {
        let _ = kill_process_group(replica, signal);
    }
    descendants::signal(signal, |pid| {
        running && descendants::group(pid) == Some(replica)
    });
}

/// Follows one penstock after the other, until one says the word or there is no next one.
fn wait_for_end(
    mut socket: BufReader<UnixStream>,
    next: Option<Waiting>,
    reports: &Reports,
    started: &Report,
    events: &SyncSender<Event>,
) {
    loop {
        let mut word = String::new();
        let ended = socket.read_line(&mut word).is_ok() && word.trim() == END;
        let Some(adopter) = next.as_ref().filter(|_| !ended).and_then(Waiting::next) else {
            // Whatever else ends the reading ends the replica.
            let _ = events.send(Event::End);
            return;
        };
        reports.redirect(&adopter);
        reports.send(started);
        socket = BufReader::new(adopter);
    }
}

/// Looks without reaping: only the main thread reaps, and so knows whose numbers are still theirs.
fn wait_for_children(events: &SyncSender<Event>, reaped: &mpsc::Receiver<()>) {
    loop {
        match waitid(WaitId::All, WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Err(Errno::INTR) => {}
            // The last look, at which the main thread finds no child either.
            Err(_) => {
                let _ = events.send(Event::Waitable);
                return;
            }
            Ok(_) => {
                if events.send(Event::Waitable).is_err() || reaped.recv().is_err() {
                    return;
                }
            }
        }
    }
}
