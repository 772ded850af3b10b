//! The temporary folder in which the demonstration happens.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::workspace::Workspace;

/// The folder's name in the manifest as it is in the documentation.
const WRITTEN: &str = "/tmp/penstock-demo";

/// The folder; it goes when this is dropped.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    /// Makes the folder, with as many files in the spool and the manifest beside it.
    pub(crate) fn prepare(workspace: &Workspace, files: u32) -> Result<Self> {
        let manifest = workspace.root.join("operator/docs/demo/spool.yaml");
        let text = fs::read_to_string(&manifest)
            .with_context(|| format!("reading {}", manifest.display()))?;
        let folder = tempfile::Builder::new()
            .prefix("penstock-demo-")
            .tempdir()
            .context("there is no room for temporary files")?;
        let place = Self { folder };
        fs::write(place.manifest(), filled(&text, place.folder.path())?)?;
        for folder in [
            place.spool(),
            place.claimed(),
            place.workers(),
            place.state(),
        ] {
            fs::create_dir(folder)?;
        }
        for file in 1..=files {
            let path = place.spool().join(format!("job-{file:06}"));
            fs::write(&path, format!("job {file}\n"))?;
        }
        Ok(place)
    }

    /// The manifest for this folder.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.folder.path().join("spool.yaml")
    }

    /// Files that wait.
    pub(crate) fn spool(&self) -> PathBuf {
        self.folder.path().join("spool")
    }

    /// Files that workers have taken and not finished.
    fn claimed(&self) -> PathBuf {
        self.folder.path().join("claimed")
    }

    /// One file per worker that ever ran, named after its process.
    pub(crate) fn workers(&self) -> PathBuf {
        self.folder.path().join("workers")
    }

    /// What penstock remembers.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// How many files wait or are being worked on.
    pub(crate) fn files_left(&self) -> usize {
        let count = |folder: PathBuf| fs::read_dir(folder).map_or(0, Iterator::count);
        count(self.spool()) + count(self.claimed())
    }

    /// Leaves the folder for somebody to look at.
    pub(crate) fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

fn filled(text: &str, folder: &Path) -> Result<String> {
    ensure!(
        text.contains(WRITTEN),
        "the manifest does not name {WRITTEN}"
    );
    let folder = folder
        .to_str()
        .context("the temporary folder's name is not text")?;
    Ok(text.replace(WRITTEN, folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_has_the_files_and_a_manifest_that_names_it() {
        let place = Place::prepare(&Workspace::find().unwrap(), 7).unwrap();
        assert_eq!(place.files_left(), 7);
        let manifest = fs::read_to_string(place.manifest()).unwrap();
        let spool = place.spool().display().to_string();
        assert!(manifest.contains(&format!("directory: {spool}\n")));
        assert!(!manifest.contains(&format!("{WRITTEN}/")));
    }

    #[test]
    fn the_place_goes_unless_it_is_kept() {
        let workspace = Workspace::find().unwrap();
        let place = Place::prepare(&workspace, 1).unwrap();
        let folder = place.folder.path().to_path_buf();
        drop(place);
        assert!(!folder.exists());
        let kept = Place::prepare(&workspace, 1).unwrap().keep();
        assert!(kept.exists());
        fs::remove_dir_all(kept).unwrap();
    }
}
