use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// One crate of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crate {
    /// The package's name.
    pub name: String,
    /// Its folder below the workspace root, such as `operator/api`.
    pub path: String,
    /// What it depends on within the workspace.
    pub dependencies: Vec<Dependency>,
}

/// A dependency on another crate of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The other crate's folder below the workspace root.
    pub path: String,
    /// When it is needed.
    pub kind: DependencyKind,
}

/// When a dependency is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DependencyKind {
    /// By the crate itself.
    Normal,
    /// By its build script.
    Build,
    /// By its tests only.
    Dev,
}

/// The workspace's crates, as `cargo metadata` knows them.
///
/// # Errors
/// When cargo cannot read the workspace.
pub fn read_crates(root: &Path) -> Result<Vec<Crate>> {
    // Cargo tells a test which cargo runs it; the one in PATH may be another version.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cargo metadata cannot be started")?;
    ensure!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    parse(&output.stdout, root)
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<PackageDependency>,
}

#[derive(Deserialize)]
struct PackageDependency {
    kind: Option<String>,
    /// Only path dependencies have one; inside this workspace no others matter.
    path: Option<String>,
}

fn parse(json: &[u8], root: &Path) -> Result<Vec<Crate>> {
    let metadata: Metadata =
        serde_json::from_slice(json).context("cargo metadata answered something unexpected")?;
    metadata
        .packages
        .into_iter()
        .map(|package| {
            let folder = Path::new(&package.manifest_path)
                .parent()
                .context("a manifest without a folder")?;
            let dependencies = package
                .dependencies
                .into_iter()
                .filter_map(|d| {
                    Some(Dependency {
                        path: below(root, Path::new(&d.path?)),
                        kind: match d.kind.as_deref() {
                            Some("dev") => DependencyKind::Dev,
                            Some("build") => DependencyKind::Build,
                            _ => DependencyKind::Normal,
                        },
                    })
                })
                .collect();
            Ok(Crate {
                name: package.name,
                path: below(root, folder),
                dependencies,
            })
        })
        .collect()
}

fn below(root: &Path, path: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_and_their_path_dependencies_are_read() {
        let json =
            br#"{"packages":[{"name":"operator-cli","manifest_path":"/w/operator/cli/Cargo.toml",
            "dependencies":[
                {"name":"operator-api","kind":null,"path":"/w/operator/api"},
                {"name":"scaler-testkit","kind":"dev","path":"/w/scalers/testkit"},
                {"name":"runtime-types","kind":"build","path":"/w/runtime/types"},
                {"name":"serde","kind":null}]}]}"#;
        let crates = parse(json, Path::new("/w")).unwrap();
        let dependency = |path: &str, kind| Dependency {
            path: path.into(),
            kind,
        };
        assert_eq!(
            crates,
            [Crate {
                name: "operator-cli".into(),
                path: "operator/cli".into(),
                dependencies: vec![
                    dependency("operator/api", DependencyKind::Normal),
                    dependency("scalers/testkit", DependencyKind::Dev),
                    dependency("runtime/types", DependencyKind::Build),
                ],
            }]
        );
    }

    #[test]
    fn an_answer_that_is_not_metadata_is_an_error() {
        assert!(parse(b"{}", Path::new("/w")).is_err());
    }
}
