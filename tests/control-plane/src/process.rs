use std::fs::{self, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::Part;
use crate::watchdog::Watchdog;

/// Between two looks at whether a process has ended.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// A process of a control plane, running or not.
pub(crate) struct Process {
    part: Part,
    program: PathBuf,
    flags: Vec<String>,
    folder: PathBuf,
    child: Option<Child>,
}

impl Process {
    /// One that is not running yet. Its log goes to `folder`.
    pub(crate) fn new(part: Part, program: PathBuf, flags: Vec<String>, folder: &Path) -> Self {
        Self {
            part,
            program,
            flags,
            folder: folder.into(),
            child: None,
        }
    }

    /// Starts it, unless it runs.
    pub(crate) fn start(&mut self, watchdog: &Watchdog) -> Result<()> {
        if let Some(child) = &mut self.child
            && child.try_wait()?.is_none()
        {
            return Ok(());
        }
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log())?;
        let child = Command::new(&self.program)
            .args(&self.flags)
            .current_dir(&self.folder)
            // Neither proxies nor configuration files of the user.
            .env_clear()
            .env("HOME", &self.folder)
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .with_context(|| format!("{} cannot be started", self.program.display()))?;
        let group = child.id();
        self.child = Some(child);
        watchdog.started(group)
    }

    pub(crate) fn part(&self) -> Part {
        self.part
    }

    /// Its process id, which is also that of its group.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// An error when it was started and has ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        let Some(child) = &mut self.child else {
            return Ok(());
        };
        if let Some(status) = child.try_wait()? {
            let lines = self.last_lines(15);
            bail!("{} ended ({status}); its last lines:\n{lines}", self.part);
        }
        Ok(())
    }

    /// Sends a signal to its group.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(Pid::from_raw) {
            // It may have ended in this moment.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
        // A process that is frozen hears nothing.
        self.signal(Signal::CONT);
    }

    /// Returns when it has ended; it is killed after `patience`.
    pub(crate) fn wait(&mut self, patience: Duration, watchdog: &Watchdog) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let group = child.id();
        let deadline = Instant::now() + patience;
        while matches!(child.try_wait(), Ok(None)) && Instant::now() < deadline {
            // sleep: between two looks at a process
            sleep(BETWEEN_LOOKS);
        }
        if matches!(child.try_wait(), Ok(None)) {
            let _ = child.kill();
            let _ = child.wait();
        }
        // Should the watchdog be gone, so is what it would do.
        let _ = watchdog.ended(group);
    }

    /// The end of its log.
    pub(crate) fn last_lines(&self, count: usize) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(count)..].join("\n")
    }

    /// The file of its log.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join(format!("{}.log", self.part))
    }
}
