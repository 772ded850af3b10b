//! The programs of a control plane, and where they are.

mod build;
mod go;
mod modules;
mod stages;

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use modules::{HELM, KUBERNETES, KWOK, MODULES};

/// The programs, built.
#[derive(Debug, Clone)]
pub struct Binaries {
    cache: PathBuf,
}

impl Binaries {
    /// Those that were built before.
    ///
    /// # Errors
    /// The command that builds them, when they are not there.
    pub fn find() -> Result<Self> {
        let cache = cache()?;
        let missing = MODULES.iter().find(|module| !module.is_built(&cache));
        ensure!(
            missing.is_none(),
            "the programs of a Kubernetes control plane are not built: cargo xtask control-plane build"
        );
        Ok(Self { cache })
    }

    /// Builds those that are not there; says on standard error how it goes.
    ///
    /// # Errors
    /// There is no Go, with the command that installs it, or the build fails.
    pub fn build() -> Result<Self> {
        let cache = cache()?;
        build::all(&cache)?;
        Self::find()
    }

    /// The file of a program, such as `kubectl`.
    pub fn program(&self, name: &str) -> PathBuf {
        let module = match name {
            "helm" => &HELM,
            "kwok" => &KWOK,
            _ => &KUBERNETES,
        };
        module.folder(&self.cache).join(name)
    }

    /// What kwok plays.
    pub(crate) fn stages(&self) -> PathBuf {
        stages::file(&KWOK.folder(&self.cache))
    }

    /// The version of Kubernetes, as in `v1.37.2`.
    pub fn version() -> &'static str {
        KUBERNETES.version()
    }
}

/// `~/.cache/penstock/control-plane`: outside the clone, so that the next one does not pay again.
pub(crate) fn cache() -> Result<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let base = match (set("XDG_CACHE_HOME"), set("HOME")) {
        (Some(cache), _) if Path::new(&cache).is_absolute() => PathBuf::from(cache),
        (_, Some(home)) => Path::new(&home).join(".cache"),
        _ => return Err(anyhow::anyhow!("HOME is not set")).context("no folder for the programs"),
    };
    Ok(base.join("penstock/control-plane"))
}
