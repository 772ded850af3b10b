//! The scalers of `scalers/catalog`: one folder each, with a `scaler.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::workspace::Workspace;

/// One scaler, as its `scaler.toml` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scaler {
    /// The folder's name, which is the component's name.
    pub(crate) name: String,
    pub(crate) manifest: Manifest,
}

/// The part of `scaler.toml` that is read here; the rest belongs to others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub(crate) struct Manifest {
    /// One line for people.
    #[serde(default)]
    pub(crate) summary: String,
    /// The trigger types; none written: the one named like the folder.
    #[serde(default)]
    pub(crate) provides: Vec<String>,
    /// `fresh` or `warm`.
    #[serde(default = "fresh")]
    pub(crate) lifecycle: String,
}

fn fresh() -> String {
    "fresh".into()
}

impl Scaler {
    /// The trigger types it provides.
    pub(crate) fn provides(&self) -> &[String] {
        match self.manifest.provides.as_slice() {
            [] => std::slice::from_ref(&self.name),
            types => types,
        }
    }
}

/// All scalers, by name.
pub(crate) fn scalers(workspace: &Workspace) -> Result<Vec<Scaler>> {
    let mut scalers = Vec::new();
    for folder in folders(&workspace.root.join("scalers/catalog"))? {
        let file = folder.join("scaler.toml");
        if file.is_file() {
            let text =
                fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            scalers.push(Scaler {
                name: name(&folder),
                manifest: toml::from_str(&text)
                    .with_context(|| format!("reading {}", file.display()))?,
            });
        }
    }
    Ok(scalers)
}

/// The folders in `parent`, by name; none when there is no such folder.
pub(crate) fn folders(parent: &Path) -> Result<Vec<PathBuf>> {
    if !parent.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(parent).with_context(|| format!("reading {}", parent.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A folder's own name.
pub(crate) fn name(folder: &Path) -> String {
    folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_may_say_little_and_may_say_more_than_is_read_here() {
        let manifest: Manifest =
            toml::from_str("summary = 'Lists'\nhosts = ['*.example']").unwrap();
        let scaler = Scaler {
            name: "redis".into(),
            manifest,
        };
        assert_eq!(scaler.provides(), ["redis"]);
        assert_eq!(scaler.manifest.lifecycle, "fresh");
    }

    #[test]
    fn folders_without_a_manifest_are_not_scalers() {
        let root = tempfile::tempdir().unwrap();
        let catalog = root.path().join("scalers/catalog");
        fs::create_dir_all(catalog.join("b")).unwrap();
        fs::create_dir_all(catalog.join("a")).unwrap();
        fs::write(
            catalog.join("a/scaler.toml"),
            "provides = ['a', 'a-cluster']",
        )
        .unwrap();
        let workspace = Workspace::empty(root.path());
        let scalers = scalers(&workspace).unwrap();
        assert_eq!(scalers.len(), 1);
        assert_eq!(scalers[0].provides(), ["a", "a-cluster"]);
    }
}
