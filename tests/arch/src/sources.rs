use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders below the root that hold Rust.
const FOLDERS: &[&str] = &["operator", "runtime", "scalers", "tests"];

/// One Rust file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Below the workspace root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl SourceFile {
    /// The file's name without folders.
    pub(crate) fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether all of it is test code: it lies in a crate's `tests/` or `it/` folder, or in a
    /// crate of `tests/` that is neither a tool nor a component.
    pub(crate) fn is_test(&self) -> bool {
        let folders: Vec<_> = self.path.split('/').collect();
        match folders.as_slice() {
            ["tests", "xtask" | "arch", "src", ..] => false,
            // Components lie in folders of `tests/guests`, beside the crate that loads them.
            ["tests", "guests", folder, _, ..] => matches!(*folder, "src" | "tests"),
            [folders @ .., _] => folders.iter().any(|f| matches!(*f, "tests" | "it")),
            [] => false,
        }
    }
}

/// The workspace's root folder.
///
/// # Panics
/// Never within the workspace: this crate lies two folders below its root.
pub fn workspace_root() -> PathBuf {
    // At run time first: with a target folder that several clones share, what was compiled in
    // may be another clone's path.
    let here = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.ancestors()
        .nth(2)
        .expect("tests/arch lies two folders below the root")
        .to_path_buf()
}

/// All Rust files of the workspace, by path.
///
/// # Errors
/// When a folder or a file cannot be read.
pub fn read_sources(root: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect(root, &root.join(folder), &mut files)?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            // Build output; and the new scaler's template, which is not Rust until it is filled.
            if !(name == "target" || name == "template" || name.starts_with('.')) {
                collect(root, &path, files)?;
            }
        } else if name.ends_with(".rs") {
            let text =
                fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            let path = path.strip_prefix(root).unwrap_or(&path);
            files.push(SourceFile {
                path: path.to_string_lossy().replace('\\', "/"),
                text,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_test(path: &str) -> bool {
        let file = SourceFile {
            path: path.into(),
            text: String::new(),
        };
        file.is_test()
    }

    #[test]
    fn test_code_is_told_from_tools_and_components() {
        assert!(is_test("operator/engine/tests/loop.rs"));
        assert!(is_test("scalers/catalog/redis/it/server.rs"));
        assert!(is_test("tests/integration/src/redis.rs"));
        assert!(is_test("tests/arch/tests/tree.rs"));
        assert!(!is_test("tests/xtask/src/demo.rs"));
        assert!(!is_test("tests/guests/hang/src/lib.rs"));
        assert!(is_test("tests/guests/src/sandbox.rs"));
        assert!(is_test("tests/guests/tests/contained.rs"));
        assert!(!is_test("operator/engine/src/tests.rs"));
    }

    #[test]
    fn this_file_is_among_the_sources() {
        let files = read_sources(&workspace_root()).unwrap();
        assert!(files.iter().any(|f| f.path == "tests/arch/src/sources.rs"));
    }
}
