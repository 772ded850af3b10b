use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Manifests are kilobytes; something larger is not one.
const MAX_BYTES: u64 = 16 << 20;

/// What stands in the files right now.
#[derive(Debug, Default)]
pub struct Scan {
    /// Each file's bytes, or why it cannot be read.
    pub files: BTreeMap<PathBuf, io::Result<Vec<u8>>>,
    /// Directories that cannot be listed: nothing is known of the files in them.
    pub unlisted: BTreeMap<PathBuf, io::Error>,
}

/// Reads files as they are named, and of directories the `*.yaml`, `*.yml` and `*.json` in them, without
/// hidden ones and without sub-directories (as `kubectl apply -f`).
pub fn scan(paths: &[PathBuf]) -> Scan {
    let mut scan = Scan::default();
    for path in paths {
        if path.is_dir() {
            match list(path) {
                Ok(files) => files.into_iter().for_each(|file| scan.add(file)),
                Err(error) => {
                    scan.unlisted.insert(path.clone(), error);
                }
            }
        } else {
            scan.add(path.clone());
        }
    }
    scan
}

impl Scan {
    fn add(&mut self, file: PathBuf) {
        let bytes = bytes(&file);
        self.files.insert(file, bytes);
    }
}

fn list(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let hidden = path
            .file_name()
            .is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
        let extension = path.extension().and_then(|e| e.to_str());
        if !hidden && matches!(extension, Some("yaml" | "yml" | "json")) && path.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}

fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(file)?;
    if metadata.len() > MAX_BYTES {
        let text = format!("larger than {MAX_BYTES} bytes, which no manifest is");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    fs::read(file)
}
