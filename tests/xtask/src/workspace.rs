//! Where things are.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::servers::Server;

/// The workspace's folders, as cargo sees them.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Workspace {
    /// The folder of the root `Cargo.toml`.
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    /// Where cargo builds, whatever told it so (`CARGO_TARGET_DIR`, a config file, nothing).
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
    packages: Vec<Package>,
}

#[derive(Debug, Clone, Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
    /// `package.metadata` of its manifest, where anybody may keep anything.
    metadata: Option<Metadata>,
}

#[derive(Debug, Clone, Deserialize)]
struct Dependency {
    name: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    penstock: Penstock,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Penstock {
    #[serde(default)]
    servers: Vec<Server>,
}

impl Workspace {
    /// Asks cargo, from this crate's folder: `cargo xtask` works from any folder of the tree.
    pub(crate) fn find() -> Result<Self> {
        // The variable at run time first: a target folder shared by several clones would
        // otherwise lead into the clone that built this program.
        let here = env::var_os("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
        let output = cargo_in(Path::new(&here))
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .context("cargo cannot be started")?;
        ensure!(
            output.status.success(),
            "cargo cannot read the workspace:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).context("cargo metadata answered something else")
    }

    /// What the crates' tests start, as `package.metadata.penstock.servers` of their manifests
    /// says.
    pub(crate) fn servers(&self) -> impl Iterator<Item = &Server> {
        let metadata = self.packages.iter().filter_map(|p| p.metadata.as_ref());
        metadata.flat_map(|m| &m.penstock.servers)
    }

    /// Whether one of these packages, or any when there are none, is `name` or depends on it itself.
    pub(crate) fn any_depends_on(&self, packages: &[String], name: &str) -> bool {
        let chosen = |p: &&Package| packages.is_empty() || packages.contains(&p.name);
        self.packages
            .iter()
            .filter(chosen)
            .any(|p| p.name == name || p.dependencies.iter().any(|d| d.name == name))
    }

    /// A workspace without crates.
    #[cfg(test)]
    pub(crate) fn empty(root: &Path) -> Self {
        Self {
            root: root.into(),
            target: root.join("target"),
            packages: Vec::new(),
        }
    }

    /// The cargo that runs this program, at the root.
    pub(crate) fn cargo(&self) -> Command {
        cargo_in(&self.root)
    }

    /// Where components are built: a folder of its own, so that two cargo processes do not
    /// wait for each other's lock.
    pub(crate) fn guests_target(&self) -> PathBuf {
        self.target.join("guests")
    }

    /// Where cargo leaves programs built with `profile`.
    pub(crate) fn profile_dir(&self, profile: &str) -> PathBuf {
        self.target
            .join(if profile == "dev" { "debug" } else { profile })
    }

    /// `path` as a reader would write it: below the root where it is.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

fn cargo_in(folder: &Path) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder);
    // Cargo tells this program about its package. Build scripts that look at the same variables, as ring's does, would
    // run again after each change between `cargo` and `cargo xtask`, and all that depends on them be compiled again.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Whether a continuous integration service runs this: what is missing is a failure then.
pub(crate) fn in_ci() -> bool {
    env::var("CI").is_ok_and(|ci| !matches!(ci.as_str(), "" | "0" | "false"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        let json = r#"{"workspace_root": "/w", "target_directory": "/t", "packages": [
            {"name": "a", "dependencies": [], "metadata": null},
            {"name": "b", "dependencies": [{"name": "c"}], "metadata": {"docs.rs": {}}},
            {"name": "d", "dependencies": [],
                "metadata": {"penstock": {"servers": [{"program": "beanstalkd"}]}}}]}"#;
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn servers_are_read_from_manifests_that_name_some() {
        let servers: Vec<_> = workspace().servers().cloned().collect();
        assert_eq!(servers, [Server::new("beanstalkd")]);
    }

    #[test]
    fn what_the_chosen_packages_depend_on_is_known() {
        let found = |packages: &[&str], name| {
            let packages: Vec<_> = packages.iter().map(|p| (*p).to_string()).collect();
            workspace().any_depends_on(&packages, name)
        };
        assert!(found(&[], "c"));
        assert!(found(&["b"], "c"));
        assert!(found(&["d"], "d"));
        assert!(!found(&["a", "d"], "c"));
    }
}
