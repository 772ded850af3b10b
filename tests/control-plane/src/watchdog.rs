use std::io::Write as _;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

/// Standard input ends when the process that holds its other end does, however that ended. What
/// was said to run is killed then, with its process group, and the folder goes.
const SCRIPT: &str = r#"
groups=" "
while read -r what group; do
    case "$what" in
        started) groups="$groups$group " ;;
        ended) groups="${groups%%" $group "*} ${groups#*" $group "}" ;;
    esac
done
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
rm -rf -- "$1"
"#;

/// A shell that outlives this process by a moment, to end what it started. (The kernel could do
/// the same on the death of the parent, which to it is the *thread* that started a process: here,
/// that of whichever test came first.)
pub(crate) struct Watchdog {
    shell: Child,
    pipe: Mutex<ChildStdin>,
}

impl Watchdog {
    /// Starts one that removes `folder` in the end.
    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "control-plane-watchdog"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in a terminal is for the test.
            .process_group(0)
            .spawn()
            .context("/bin/sh cannot be started")?;
        let pipe = shell.stdin.take().context("the watchdog has no input")?;
        Ok(Self {
            shell,
            pipe: Mutex::new(pipe),
        })
    }

    pub(crate) fn started(&self, group: u32) -> Result<()> {
        self.tell("started", group)
    }

    pub(crate) fn ended(&self, group: u32) -> Result<()> {
        self.tell("ended", group)
    }

    fn tell(&self, what: &str, group: u32) -> Result<()> {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        pipe.write_all(format!("{what} {group}\n").as_bytes())
            .context("the watchdog has ended")
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Whoever drops it has ended everything.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}
