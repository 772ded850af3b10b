use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Manifests are kilobytes; something larger is not one.
const MAX_BYTES: u64 = 16 << 20;

/// The name of what is read from standard input.
const STDIN: &str = "<stdin>";

/// One file, and what stands in it.
#[derive(Debug)]
pub struct Input {
    /// As it was named, or found below a directory that was.
    pub path: PathBuf,
    /// Whether it was named itself: then it has to be a manifest.
    pub named: bool,
    /// Its bytes, or why they cannot be read.
    pub content: Result<Vec<u8>, String>,
}

/// Why nothing can be looked at.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// A path that is not there.
    #[error("{path}: {source}", path = .path.display())]
    Missing {
        /// As named.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// Directories without any manifest.
    #[error("there is no *.yaml, *.yml or *.json in {0}")]
    Empty(String),
}

impl GatherError {
    /// Fixed PascalCase word.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "PathNotFound",
            Self::Empty(_) => "NoManifests",
        }
    }
}

/// Reads files as they are named (`-` is `stdin`), and of directories the `*.yaml`, `*.yml` and `*.json`
/// in them and below, without hidden ones, in the order of their names. Each file once.
///
/// # Errors
/// When a path is not there, or there is no file at all. A file that cannot be read is an [`Input`].
pub fn gather(paths: &[PathBuf], stdin: &mut dyn Read) -> Result<Vec<Input>, GatherError> {
    let mut inputs = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        if path.as_os_str() == "-" {
            inputs.push(Input {
                path: STDIN.into(),
                named: true,
                content: bounded(stdin),
            });
            continue;
        }
        let metadata = fs::metadata(path).map_err(|source| GatherError::Missing {
            path: path.clone(),
            source,
        })?;
        if metadata.is_dir() {
            walk(path, &mut seen, &mut inputs);
        } else if seen.insert(identity(path)) {
            inputs.push(Input {
                path: path.clone(),
                named: true,
                content: read(path),
            });
        }
    }
    if inputs.is_empty() {
        let shown: Vec<_> = paths.iter().map(|p| p.display().to_string()).collect();
        return Err(GatherError::Empty(shown.join(", ")));
    }
    Ok(inputs)
}

fn identity(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// Links to directories are not followed: they may lead in circles.
fn walk(directory: &Path, seen: &mut BTreeSet<PathBuf>, inputs: &mut Vec<Input>) {
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            inputs.push(Input {
                path: directory.to_path_buf(),
                named: true,
                content: Err(error.to_string()),
            });
            return;
        }
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let extension = path.extension().and_then(|e| e.to_str());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&path, seen, inputs);
        } else if matches!(extension, Some("yaml" | "yml" | "json"))
            && !path.is_dir()
            && seen.insert(identity(&path))
        {
            let content = read(&path);
            inputs.push(Input {
                path,
                named: false,
                content,
            });
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut file = fs::File::open(path).map_err(|e| e.to_string())?;
    bounded(&mut file)
}

fn bounded(from: &mut dyn Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut limited = from.take(MAX_BYTES + 1);
    limited.read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!(
            "it is larger than {} MiB, which no manifest is",
            MAX_BYTES >> 20
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(inputs: &[Input], root: &Path) -> Vec<String> {
        let relative = |input: &Input| {
            let path = input.path.strip_prefix(root).unwrap_or(&input.path);
            path.display().to_string()
        };
        inputs.iter().map(relative).collect()
    }

    #[test]
    fn directories_are_walked_in_the_order_of_names_and_each_file_is_read_once() {
        let root = tempfile::tempdir().unwrap();
        for file in ["b.yml", "a.yaml", "notes.txt", ".hidden.yaml", "sub/c.json"] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        std::os::unix::fs::symlink(root.path(), root.path().join("sub/circle")).unwrap();
        let paths = [root.path().join("b.yml"), root.path().to_path_buf()];
        let inputs = gather(&paths, &mut io::empty()).unwrap();
        assert_eq!(
            names(&inputs, root.path()),
            ["b.yml", "a.yaml", "sub/c.json"]
        );
        assert_eq!(
            inputs.iter().map(|i| i.named).collect::<Vec<_>>(),
            [true, false, false]
        );
    }

    #[test]
    fn nothing_to_look_at_is_an_error_and_so_is_a_path_that_is_not_there() {
        let root = tempfile::tempdir().unwrap();
        let error = gather(&[root.path().into()], &mut io::empty()).unwrap_err();
        assert_eq!(error.reason(), "NoManifests");
        let error = gather(&[root.path().join("x.yaml")], &mut io::empty()).unwrap_err();
        assert_eq!(error.reason(), "PathNotFound");
    }

    #[test]
    fn a_file_that_cannot_be_read_and_one_that_is_too_large_are_inputs_all_the_same() {
        let root = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("nowhere", root.path().join("a.yaml")).unwrap();
        let large = fs::File::create(root.path().join("b.yaml")).unwrap();
        large.set_len(MAX_BYTES + 1).unwrap();
        let inputs = gather(&[root.path().into()], &mut io::empty()).unwrap();
        assert_eq!(inputs.len(), 2);
        assert!(inputs.iter().all(|input| input.content.is_err()));
    }
}
