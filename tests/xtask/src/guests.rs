//! Components: which there are, how they are built, where they are put.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::catalog;
use crate::step;
use crate::workspace::Workspace;

/// What rustc calls the platform of a component.
const TARGET: &str = "wasm32-wasip2";

/// The profile of the root `Cargo.toml` for components.
const PROFILE: &str = "guest";

/// One crate that is built as a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guest {
    /// The folder's name; the component's file is `<name>.wasm`.
    pub(crate) name: String,
    /// The crate.
    pub(crate) package: String,
}

/// All components of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guests {
    /// Those that ship: `scalers/catalog/*`.
    pub(crate) scalers: Vec<Guest>,
    /// Those that tests of the host load: `tests/guests/*`.
    pub(crate) tests: Vec<Guest>,
}

/// The folders with built components, ready to be loaded.
#[derive(Debug, Clone)]
pub(crate) struct Collected {
    /// `<name>.wasm` of each scaler.
    pub(crate) scalers: PathBuf,
    /// `<name>.wasm` of each test guest.
    pub(crate) tests: PathBuf,
}

impl Guests {
    /// Looks for them in the tree.
    pub(crate) fn find(workspace: &Workspace) -> Result<Self> {
        let scalers = catalog::scalers(workspace)?
            .into_iter()
            .map(|scaler| Guest {
                package: format!("scaler-{}", scaler.name),
                name: scaler.name,
            })
            .collect();
        let mut tests = Vec::new();
        for folder in catalog::folders(&workspace.root.join("tests/guests"))? {
            if let Some(package) = component_package(&folder.join("Cargo.toml"))? {
                tests.push(Guest {
                    name: catalog::name(&folder),
                    package,
                });
            }
        }
        Ok(Self { scalers, tests })
    }

    fn all(&self) -> impl Iterator<Item = &Guest> {
        self.scalers.iter().chain(&self.tests)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.scalers.len() + self.tests.len()
    }

    /// The one command that builds them all, or none when there are none. Makes sure first that
    /// rustc knows the platform.
    pub(crate) fn build_command(&self, workspace: &Workspace) -> Result<Option<Command>> {
        self.command(workspace, &["build"])
    }

    /// The one command that lints what is compiled for components only, or none.
    pub(crate) fn lint_command(&self, workspace: &Workspace) -> Result<Option<Command>> {
        let command = self.command(workspace, &["clippy", "--locked"])?;
        Ok(command.map(|mut clippy| {
            clippy.args(["--", "-D", "warnings"]);
            clippy
        }))
    }

    fn command(&self, workspace: &Workspace, what: &[&str]) -> Result<Option<Command>> {
        if self.count() == 0 {
            return Ok(None);
        }
        ensure_target(workspace)?;
        let mut cargo = workspace.cargo();
        cargo
            .args(what)
            .args(["--profile", PROFILE, "--target", TARGET]);
        cargo.arg("--target-dir").arg(workspace.guests_target());
        for guest in self.all() {
            cargo.args(["--package", &guest.package]);
        }
        // Flags for the host (a linker, a CPU) do not suit components.
        cargo
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        Ok(Some(cargo))
    }

    /// Puts the built components where programs and tests look for them, and removes those
    /// whose crates are gone.
    pub(crate) fn collect(&self, workspace: &Workspace) -> Result<Collected> {
        let guests = workspace.guests_target();
        let built = guests.join(TARGET).join(PROFILE);
        let collected = Collected {
            scalers: guests.join("scalers"),
            tests: guests.join("tests"),
        };
        place(&self.scalers, &built, &collected.scalers)?;
        place(&self.tests, &built, &collected.tests)?;
        Ok(collected)
    }
}

/// The package of a manifest whose library is built as a component; none for other manifests.
fn component_package(manifest: &Path) -> Result<Option<String>> {
    #[derive(Deserialize)]
    struct Manifest {
        package: Package,
        #[serde(default)]
        lib: Library,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Library {
        #[serde(default)]
        crate_type: Vec<String>,
    }
    if !manifest.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(manifest)?;
    let manifest: Manifest =
        toml::from_str(&text).with_context(|| format!("reading {}", manifest.display()))?;
    let component = manifest.lib.crate_type.iter().any(|t| t == "cdylib");
    Ok(component.then_some(manifest.package.name))
}

/// Copies `built/<package>.wasm` to `folder/<name>.wasm`. A file that is the same already is not
/// touched, so that what watches the folder sees changes only, and a new one appears at once
/// and whole.
fn place(guests: &[Guest], built: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let known = guests
            .iter()
            .any(|g| path.file_name() == Some(format!("{}.wasm", g.name).as_ref()));
        if !known && path.extension() == Some("wasm".as_ref()) {
            fs::remove_file(&path)?;
        }
    }
    for guest in guests {
        let from = built.join(format!("{}.wasm", guest.package.replace('-', "_")));
        let bytes = fs::read(&from).with_context(|| {
            format!("{} built no component ({})", guest.package, from.display())
        })?;
        let to = folder.join(format!("{}.wasm", guest.name));
        if fs::read(&to).ok().as_ref() != Some(&bytes) {
            let new = folder.join(format!(".{}.new", guest.name));
            fs::write(&new, bytes)?;
            fs::rename(&new, &to)?;
        }
    }
    Ok(())
}

/// Adds the platform to the toolchain when it is not there: rustup does not do it by itself.
fn ensure_target(workspace: &Workspace) -> Result<()> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(&workspace.root)
        .output()
        .context("rustc cannot be started")?;
    let libraries = String::from_utf8_lossy(&output.stdout).trim().to_string();
    if output.status.success() && Path::new(&libraries).is_dir() {
        return Ok(());
    }
    let has_rustup = Command::new("rustup")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !has_rustup {
        bail!(
            "this Rust toolchain cannot build for {TARGET}, and there is no rustup to add it: \
             install Rust by rustup, or the standard library for {TARGET} by the means that \
             installed rustc"
        );
    }
    step::step(&format!("Adding the Rust target {TARGET}"), || {
        let mut rustup = Command::new("rustup");
        step::run(
            rustup
                .args(["target", "add", TARGET])
                .current_dir(&workspace.root),
        )
    })?;
    ensure!(
        Path::new(&libraries).is_dir(),
        "rustup added {TARGET}, but not to the toolchain in use; it belongs in {libraries}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(name: &str) -> Guest {
        Guest {
            name: name.into(),
            package: format!("scaler-{name}"),
        }
    }

    #[test]
    fn only_libraries_for_loading_are_components() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("Cargo.toml");
        assert_eq!(component_package(&manifest).unwrap(), None);
        fs::write(&manifest, "[package]\nname = 'a'").unwrap();
        assert_eq!(component_package(&manifest).unwrap(), None);
        fs::write(
            &manifest,
            "[package]\nname = 'a'\n[lib]\ncrate-type = ['cdylib']",
        )
        .unwrap();
        assert_eq!(component_package(&manifest).unwrap().as_deref(), Some("a"));
    }

    #[test]
    fn components_are_placed_and_stale_ones_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (built, out) = (folder.path().join("built"), folder.path().join("out"));
        fs::create_dir_all(&built).unwrap();
        fs::create_dir_all(&out).unwrap();
        fs::write(built.join("scaler_azure_queue.wasm"), "new").unwrap();
        fs::write(out.join("gone.wasm"), "old").unwrap();
        place(&[guest("azure-queue")], &built, &out).unwrap();
        assert_eq!(fs::read(out.join("azure-queue.wasm")).unwrap(), b"new");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
    }

    #[test]
    fn an_unchanged_component_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let (built, out) = (folder.path().join("built"), folder.path().join("out"));
        fs::create_dir_all(&built).unwrap();
        fs::write(built.join("scaler_cron.wasm"), "same").unwrap();
        place(&[guest("cron")], &built, &out).unwrap();
        let time = || {
            fs::metadata(out.join("cron.wasm"))
                .unwrap()
                .modified()
                .unwrap()
        };
        let before = time();
        place(&[guest("cron")], &built, &out).unwrap();
        assert_eq!(time(), before);
    }

    #[test]
    fn a_component_that_was_not_built_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let error = place(&[guest("cron")], folder.path(), &folder.path().join("out")).unwrap_err();
        assert!(error.to_string().contains("scaler-cron"), "{error}");
    }
}
