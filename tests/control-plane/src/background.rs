//! One control plane that stays, for a person: started by `up`, ended by `down`, from any terminal.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use crate::{Binaries, ControlPlane, Options, Part, binaries};

/// The hidden command by which the program starts itself in the background.
pub const SERVE: &str = "serve";

const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// How long all processes may take to end.
const DRAIN: Duration = Duration::from_secs(60);

/// What is known of the control plane that runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Running {
    /// The process that holds all others.
    pub process: i32,
    /// Kubernetes' version.
    pub version: String,
    /// An administrator's kubeconfig.
    pub kubeconfig: PathBuf,
    /// Where the logs are.
    pub folder: PathBuf,
    /// The API server's address.
    pub url: String,
    /// Process ids, by program.
    pub processes: Vec<(String, u32)>,
    /// The programs.
    pub kubectl: PathBuf,
    /// As `kubectl`.
    pub helm: PathBuf,
    /// How long it took to start.
    pub boot_seconds: f64,
}

/// The folder that says which one runs. Whoever holds its lock is that one.
pub struct Place {
    folder: PathBuf,
}

impl Place {
    /// The user's.
    ///
    /// # Errors
    /// No home, or no rights to write there.
    pub fn of_user() -> Result<Self> {
        Self::new(&binaries::cache()?.join("running"))
    }

    /// Any folder, which is made.
    ///
    /// # Errors
    /// No rights to write there.
    pub fn new(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Self {
            folder: folder.into(),
        })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// None when one runs.
    fn lock(&self) -> Result<Option<File>> {
        let file = File::create(self.file("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).context("locking"),
        }
    }

    /// The one that runs; none when none does.
    ///
    /// # Errors
    /// It is still starting.
    pub fn running(&self) -> Result<Option<Running>> {
        if self.lock()?.is_some() {
            return Ok(None);
        }
        let text = fs::read(self.file("state.json"));
        let running = text
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok());
        Ok(Some(
            running.context("a control plane is just starting or ending")?,
        ))
    }

    /// Starts `program` with [`SERVE`] and these arguments in the background, and returns when it is ready.
    ///
    /// # Errors
    /// It ends before it is ready.
    pub fn start(&self, program: &Path, arguments: &[String]) -> Result<Running> {
        let log = self.file("log");
        let output = File::create(&log)?;
        let mut child = Command::new(program)
            .arg(SERVE)
            .args(arguments)
            .arg("--place")
            .arg(&self.folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .current_dir("/")
            .process_group(0)
            .spawn()
            .context("the program cannot start itself")?;
        self.await_ready(&mut child)
            .with_context(|| format!("see {}", log.display()))
    }

    fn await_ready(&self, child: &mut Child) -> Result<Running> {
        let id = i32::try_from(child.id())?;
        loop {
            if let Some(status) = child.try_wait()? {
                let log = fs::read_to_string(self.file("log")).unwrap_or_default();
                bail!("it ended ({status}): {}", log.trim());
            }
            match self.running() {
                Ok(Some(running)) if running.process == id => return Ok(running),
                // sleep: between two looks at a process, which has a deadline of its own
                _ => sleep(BETWEEN_LOOKS),
            }
        }
    }

    /// Asks the one that runs to end, and waits for it. False when none runs.
    ///
    /// # Errors
    /// It does not end, or is just starting.
    pub fn stop(&self) -> Result<bool> {
        let Some(running) = self.running()? else {
            return Ok(false);
        };
        let process = Pid::from_raw(running.process).context("no process")?;
        kill_process(process, Signal::TERM)?;
        let begin = Instant::now();
        while self.lock()?.is_none() {
            ensure!(
                begin.elapsed() < DRAIN,
                "process {} did not end within {DRAIN:?}",
                running.process
            );
            // sleep: between two looks at a process
            sleep(BETWEEN_LOOKS);
        }
        Ok(true)
    }

    /// Runs a control plane until it is asked to end.
    ///
    /// # Errors
    /// One runs already, or it does not start.
    pub async fn serve(&self, options: Options) -> Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let Some(_lock) = self.lock()? else {
            bail!("a control plane runs already");
        };
        let mut terminate = signal(SignalKind::terminate())?;
        // A terminal that is closed does not end it.
        let _hangup = signal(SignalKind::hangup())?;
        let _ = fs::remove_file(self.file("state.json"));
        let plane = tokio::select! {
            plane = ControlPlane::start(options) => plane?,
            _ = terminate.recv() => return Ok(()),
        };
        self.note(&plane)?;
        let _ = terminate.recv().await;
        drop(plane);
        for file in ["state.json", "kubeconfig"] {
            fs::remove_file(self.file(file))?;
        }
        Ok(())
    }

    fn note(&self, plane: &ControlPlane) -> Result<()> {
        let binaries = Binaries::find()?;
        let kubeconfig = self.file("kubeconfig");
        self.write("kubeconfig", &fs::read(plane.kubeconfig())?)?;
        let id = |part: Part| Some((part.to_string(), plane.process_id(part)?));
        let running = Running {
            process: i32::try_from(std::process::id())?,
            version: Binaries::version().into(),
            kubeconfig,
            folder: plane.folder().into(),
            url: plane.url(),
            processes: Part::ALL.into_iter().filter_map(id).collect(),
            kubectl: binaries.program("kubectl"),
            helm: binaries.program("helm"),
            boot_seconds: plane.boot_time().as_secs_f64(),
        };
        self.write("state.json", &serde_json::to_vec_pretty(&running)?)
    }

    /// At once, for whoever reads it meanwhile.
    fn write(&self, name: &str, text: &[u8]) -> Result<()> {
        let unfinished = self.file(&format!("{name}.unfinished"));
        let mut options = fs::OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(0o600);
        std::io::Write::write_all(&mut options.open(&unfinished)?, text)?;
        Ok(fs::rename(unfinished, self.file(name))?)
    }
}
