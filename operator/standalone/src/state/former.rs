use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

use super::journal::Journal;

/// Takes over a directory in which each name has a file of its own, as earlier builds wrote it. A file is
/// removed only once what it says is on the disk elsewhere.
pub(super) fn take_over(root: &Path, journal: &mut Journal) -> io::Result<()> {
    let mut taken = Vec::new();
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        let text = path.file_name().and_then(|name| name.to_str());
        let Some(name) = text.and_then(|text| text.strip_suffix(".json")) else {
            continue;
        };
        // What is known already was taken over by a penstock that ended before it removed the file.
        if !journal.contains(name) {
            match serde_json::from_slice::<Value>(&fs::read(&path)?) {
                Ok(value) => journal.write(name, &value)?,
                Err(error) => {
                    let aside = path.with_extension("json.corrupt");
                    fs::rename(&path, &aside)?;
                    tracing::warn!(name, path = %aside.display(), %error,
                        "state cannot be understood and is set aside");
                    continue;
                }
            }
        }
        taken.push(path);
    }
    if !taken.is_empty() {
        journal.flush()?;
    }
    taken.iter().try_for_each(fs::remove_file)
}

#[cfg(test)]
mod tests {
    use super::super::StateDirectory;
    use super::*;

    #[test]
    fn a_directory_of_files_is_taken_over_once() {
        let root = tempfile::tempdir().unwrap();
        let file = |name: &str| root.path().join(name);
        fs::write(file("process.default.a.json"), "3").unwrap();
        fs::write(file("created.x.json"), "{\n  \"a\": [1]\n}").unwrap();
        fs::write(file("broken.json"), "{\"a\"").unwrap();
        let state = StateDirectory::open(root.path()).unwrap();
        assert_eq!(state.read("process.default.a"), Some(3));
        let kept: Value = state.read("created.x").unwrap();
        assert_eq!(kept["a"][0], 1);
        assert_eq!(state.read::<Value>("broken"), None);
        assert!(file("broken.json.corrupt").exists());
        assert!(!file("process.default.a.json").exists());
        state.write("process.default.a", &4).unwrap();
        drop(state);
        // Left by one that was killed in the middle: older than what is kept.
        fs::write(file("process.default.a.json"), "3").unwrap();
        let state = StateDirectory::open(root.path()).unwrap();
        assert_eq!(state.read("process.default.a"), Some(4));
        assert!(!file("process.default.a.json").exists());
    }
}
