use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Resource, Rlimit, setrlimit};
use tempfile::TempDir;

use crate::penstock::Penstock;
use crate::processes::Processes;
use crate::scalers_folder;

/// What replicas have in their environment: the scene's folder. It tells them from all others.
const VARIABLE: &str = "SCENE";

/// A folder of its own for one test: the manifests, the state directory, and whatever the workers
/// read and write. Replicas find it as `$SCENE`.
pub struct Scene {
    folder: TempDir,
}

impl Scene {
    /// A scene with these manifests.
    ///
    /// # Panics
    /// When the folder cannot be made.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let scene = Self { folder };
        for name in ["manifests", "spool"] {
            fs::create_dir(scene.path(name)).expect("a folder");
        }
        scene
    }

    /// Something in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same as text.
    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Writes a manifest, at once as editors do it.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn manifest(&self, name: &str, text: &str) -> &Self {
        replace(&self.path("manifests").join(name), text.as_bytes());
        self
    }

    /// Removes a manifest.
    ///
    /// # Panics
    /// When it is not there.
    pub fn remove_manifest(&self, name: &str) {
        fs::remove_file(self.path("manifests").join(name)).expect("the manifest is removed");
    }

    /// Makes the spool folder hold so many files.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn spool(&self, files: usize) -> &Self {
        let spool = self.path("spool");
        let there = fs::read_dir(&spool).expect("the spool is there").count();
        for file in files..there {
            fs::remove_file(spool.join(file.to_string())).expect("a file is removed");
        }
        for file in there..files {
            fs::write(spool.join(file.to_string()), "").expect("a file is written");
        }
        self
    }

    /// The lines of a file that workers write; none before it is there.
    pub fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path(name)).unwrap_or_default();
        text.lines().map(ToString::to_string).collect()
    }

    /// `penstock run` with the manifests, a state directory and an admin address, in this scene.
    pub fn start(&self) -> Penstock {
        self.start_with(&[])
    }

    /// The same with these arguments beside the usual ones.
    pub fn start_with(&self, more: &[&str]) -> Penstock {
        let mut command = self.run();
        command.args(more);
        Penstock::start(command)
    }

    /// `penstock run`, begun with these limits of open files, soft and hard.
    pub fn start_limited(&self, soft: u64, hard: u64) -> Penstock {
        let mut command = self.run();
        let limit = Rlimit {
            current: Some(soft),
            maximum: Some(hard),
        };
        // SAFETY: a setrlimit is all that happens between fork and exec.
        unsafe {
            command.pre_exec(move || Ok(setrlimit(Resource::Nofile, limit)?));
        }
        Penstock::start(command)
    }

    fn run(&self) -> Command {
        let (manifests, state) = (self.text("manifests"), self.text("state"));
        let mut command = self.penstock(&["run", "--log-format", "json", "--view", "lines"]);
        command.args(["--file", &manifests, "--state-dir", &state]);
        command.args(["--admin", "127.0.0.1:0"]);
        command
    }

    /// The command with arguments, in an environment that says nothing of its own to it.
    ///
    /// # Panics
    /// When the command was not built: `cargo xtask test` does it and says where it is.
    pub fn penstock(&self, arguments: &[&str]) -> Command {
        let program = std::env::var_os("PENSTOCK_BIN")
            .expect("PENSTOCK_BIN is not set; run the tests with `cargo xtask test`");
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PENSTOCK_") {
                command.env_remove(name);
            }
        }
        command.env("PENSTOCK_SCALERS", scalers_folder());
        // Shared by all tests, so that each component is compiled once.
        command.env("PENSTOCK_CACHE_DIR", scalers_folder().join(".penstock"));
        command.env(VARIABLE, self.folder.path());
        command
    }

    /// Replicas of this scene that run, with all that they started.
    pub fn workers(&self) -> Processes {
        // The command that a test runs beside has the variable too.
        let all = Processes::with_variable(VARIABLE, &self.folder.path().display().to_string());
        all.without_program("penstock")
    }
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes beside the file and renames over it: nobody sees half of it.
///
/// # Panics
/// When it cannot be written.
pub(crate) fn replace(file: &Path, bytes: &[u8]) {
    let temporary = file.with_extension("new");
    fs::write(&temporary, bytes).expect("the file is written");
    fs::rename(temporary, file).expect("the file is replaced");
}
