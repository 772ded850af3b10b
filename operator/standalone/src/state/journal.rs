//! One file of lines `{"name":"...","value":...}`, of which the last with a name counts; one without a
//! value forgets the name. Lines are appended with one write each: when the process is killed, at most the
//! line that is being written is lost. What no longer counts is left out when the file is written anew.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

/// Below this the file is not written anew: a few milliseconds' reading at the next start.
const SMALL: u64 = 1 << 20;

#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Where the line that counts is, by name.
    lines: HashMap<Box<str>, Place>,
    /// The length of all lines.
    length: u64,
    /// The length of those that count.
    counting: u64,
    /// The length at which the file is written anew.
    anew_at: u64,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    at: u64,
    length: u32,
}

#[derive(Serialize, Deserialize)]
struct Line<'a, T> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none", default = "Option::default")]
    value: Option<T>,
}

impl Journal {
    /// Opens or creates the file. Lines that cannot be understood are set aside; half a line at the end is
    /// what a killed process leaves, and is cut off.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = private().truncate(false).open(path)?;
        let bytes = fs::read(path)?;
        let mut journal = Self {
            path: path.to_path_buf(),
            file,
            lines: HashMap::new(),
            length: 0,
            counting: 0,
            anew_at: 0,
        };
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !line.ends_with(b"\n") {
                tracing::debug!(bytes = line.len(), "the state's last line is incomplete");
                break;
            }
            match serde_json::from_slice::<Line<IgnoredAny>>(line) {
                Ok(Line { name, value }) => journal.index(&name, value.is_some(), line.len()),
                Err(error) => {
                    journal.set_aside(line, &error);
                    journal.length += line.len() as u64;
                }
            }
        }
        journal.file.set_len(journal.length)?;
        journal.plan();
        Ok(journal)
    }

    /// What was last written under the name.
    pub(super) fn read<T: DeserializeOwned>(&mut self, name: &str) -> io::Result<Option<T>> {
        let Some(line) = self.line(name)? else {
            return Ok(None);
        };
        match serde_json::from_slice::<Line<T>>(&line) {
            Ok(line) => Ok(line.value),
            Err(error) => {
                self.set_aside(&line, &error);
                self.remove(name)?;
                Ok(None)
            }
        }
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.lines.contains_key(name)
    }

    pub(super) fn write<T: Serialize>(&mut self, name: &str, value: &T) -> io::Result<()> {
        self.append(name, Some(value))
    }

    pub(super) fn remove(&mut self, name: &str) -> io::Result<()> {
        if !self.contains(name) {
            return Ok(());
        }
        self.append::<()>(name, None)
    }

    /// Returns when all is on the disk.
    pub(super) fn flush(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn line(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(place) = self.lines.get(name) else {
            return Ok(None);
        };
        let mut line = vec![0; place.length as usize];
        self.file.read_exact_at(&mut line, place.at)?;
        Ok(Some(line))
    }

    fn append<T: Serialize>(&mut self, name: &str, value: Option<&T>) -> io::Result<()> {
        let name: Cow<'_, str> = name.into();
        let kept = value.is_some();
        let mut line = serde_json::to_vec(&Line {
            name: name.clone(),
            value,
        })?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all_at(&line, self.length) {
            // Half of it may be there. The next line would be written over it and be shorter.
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        self.index(&name, kept, line.len());
        if self.length > self.anew_at {
            if let Err(error) = self.write_anew() {
                tracing::warn!(path = %self.path.display(), %error, "the state cannot be written anew and grows");
            }
            self.plan();
        }
        Ok(())
    }

    /// Takes note of a line at the end.
    fn index(&mut self, name: &str, kept: bool, length: usize) {
        let place = Place {
            at: self.length,
            length: u32::try_from(length).unwrap_or(u32::MAX),
        };
        self.length += length as u64;
        let before = if kept {
            self.counting += length as u64;
            self.lines.insert(name.into(), place)
        } else {
            self.lines.remove(name)
        };
        self.counting -= before.map_or(0, |place| u64::from(place.length));
    }

    /// Twice as long as it has to be, or as it is when it cannot be made shorter: each byte is then
    /// written anew once on average.
    fn plan(&mut self) {
        let least = self.counting * 2 + SMALL;
        self.anew_at = if self.length > least {
            self.length * 2
        } else {
            least
        };
    }

    /// Replaces the file by one of the lines that count: by renaming, so that there is always a whole one.
    fn write_anew(&mut self) -> io::Result<()> {
        let new = self.path.with_extension("jsonl.new");
        let mut places: Vec<_> = self.lines.values_mut().collect();
        places.sort_by_key(|place| place.at);
        let old = fs::read(&self.path)?;
        let mut bytes = Vec::with_capacity(usize::try_from(self.counting).unwrap_or_default());
        for place in &places {
            let at = usize::try_from(place.at).unwrap_or(usize::MAX);
            let line = at
                .checked_add(place.length as usize)
                .and_then(|end| old.get(at..end));
            bytes.extend_from_slice(line.ok_or(io::ErrorKind::UnexpectedEof)?);
        }
        let mut file = private().truncate(true).open(&new)?;
        file.write_all(&bytes)?;
        // Else a power cut could leave the new name without the content. It is rare: once in as many
        // writes as there are values.
        file.sync_data()?;
        fs::rename(&new, &self.path)?;
        let mut at = 0;
        for place in places {
            place.at = at;
            at += u64::from(place.length);
        }
        self.file = file;
        self.length = at;
        self.counting = at;
        Ok(())
    }

    /// Keeps a line for people that cannot be understood.
    fn set_aside(&self, line: &[u8], error: &serde_json::Error) {
        let path = self.path.with_extension("jsonl.corrupt");
        let options = || {
            OpenOptions::new()
                .append(true)
                .create(true)
                .mode(0o600)
                .open(&path)
        };
        let kept = options().and_then(|mut file| file.write_all(line)).is_ok();
        tracing::warn!(path = %path.display(), %error, kept,
            "state cannot be understood and is set aside");
    }
}

/// For the owner alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(folder: &tempfile::TempDir) -> PathBuf {
        folder.path().join("state.jsonl")
    }

    #[test]
    fn the_last_line_of_a_name_counts() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(&path(&folder)).unwrap();
        journal.write("a", &1).unwrap();
        journal.write("b", &2).unwrap();
        journal.write("a", &3).unwrap();
        journal.remove("b").unwrap();
        for _ in 0..2 {
            assert_eq!(journal.read("a").unwrap(), Some(3));
            assert_eq!(journal.read::<u32>("b").unwrap(), None);
            journal = Journal::open(&path(&folder)).unwrap();
        }
    }

    #[test]
    fn wherever_a_write_is_cut_off_the_lines_before_it_stand() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(&folder);
        let mut journal = Journal::open(&path).unwrap();
        journal.write("a", &"old").unwrap();
        let whole = journal.length;
        journal.write("a", &"newer").unwrap();
        let bytes = fs::read(&path).unwrap();
        for end in usize::try_from(whole).unwrap()..bytes.len() {
            fs::write(&path, &bytes[..end]).unwrap();
            let mut journal = Journal::open(&path).unwrap();
            assert_eq!(journal.read::<String>("a").unwrap().unwrap(), "old");
            journal.write("b", &1).unwrap();
            let mut journal = Journal::open(&path).unwrap();
            assert_eq!(journal.read("b").unwrap(), Some(1));
            assert_eq!(journal.read::<String>("a").unwrap().unwrap(), "old");
        }
        assert!(!path.with_extension("jsonl.corrupt").exists());
    }

    #[test]
    fn a_damaged_line_costs_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(&folder);
        let mut journal = Journal::open(&path).unwrap();
        journal.write("a", &1).unwrap();
        journal.write("b", &"text").unwrap();
        let mut bytes = b"\0\0{\"nam\n".to_vec();
        bytes.extend(fs::read(&path).unwrap());
        fs::write(&path, bytes).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        assert_eq!(journal.read("a").unwrap(), Some(1));
        // Not what is asked for.
        assert_eq!(journal.read::<u32>("b").unwrap(), None);
        journal.write("b", &2).unwrap();
        assert_eq!(journal.read("b").unwrap(), Some(2));
        let aside = fs::read(path.with_extension("jsonl.corrupt")).unwrap();
        assert_eq!(aside, b"\0\0{\"nam\n{\"name\":\"b\",\"value\":\"text\"}\n");
    }

    #[test]
    fn the_file_is_written_anew_before_it_is_mostly_waste() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(&folder);
        let mut journal = Journal::open(&path).unwrap();
        let text = "x".repeat(1000);
        for round in 0..100 {
            for name in 0..100 {
                journal.write(&format!("n{name}"), &(round, &text)).unwrap();
            }
        }
        // 10 MB were written, of which 100 KB count.
        assert!(fs::metadata(&path).unwrap().len() < 2 * SMALL);
        for _ in 0..2 {
            for name in 0..100 {
                let kept: (u32, String) = journal.read(&format!("n{name}")).unwrap().unwrap();
                assert_eq!(kept, (99, text.clone()));
            }
            journal = Journal::open(&path).unwrap();
        }
    }
}
