use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::slot::{Slot, Stamp};
use super::{Entry, Fault};
use crate::HostError;
use crate::state::lock;

/// The folders, and what was found in them.
pub(super) struct Folders {
    paths: Vec<PathBuf>,
    largest: u64,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    /// In the order of precedence.
    slots: Vec<Arc<Slot>>,
    by_type: HashMap<String, Arc<Slot>>,
    /// Files that are no component, with the version that was looked at.
    refused: BTreeMap<PathBuf, (Option<Stamp>, Fault)>,
    /// The folders as they were when they were read.
    stamps: Vec<Option<Stamp>>,
}

impl Folders {
    pub(super) fn read(paths: Vec<PathBuf>, largest: u64) -> Result<Self, HostError> {
        let folders = Self {
            paths,
            largest,
            found: Mutex::default(),
        };
        for path in &folders.paths {
            std::fs::read_dir(path).map_err(|e| HostError::io(path, e))?;
        }
        folders.refresh();
        Ok(folders)
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        self.refresh();
        let found = lock(&self.found);
        let mut entries: Vec<Entry> = found.slots.iter().map(|s| s.entry()).collect();
        entries.sort_by(|a, b| a.description.name.cmp(&b.description.name));
        entries
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let found = lock(&self.found);
        let refused = found.refused.values().map(|(_, fault)| fault.clone());
        refused
            .chain(found.slots.iter().filter_map(|slot| slot.fault()))
            .collect()
    }

    pub(super) fn provides(&self, trigger_type: &str) -> bool {
        self.slot(trigger_type).is_some()
    }

    pub(super) fn slot(&self, trigger_type: &str) -> Option<Arc<Slot>> {
        let known = || lock(&self.found).by_type.get(trigger_type).cloned();
        known().or_else(|| {
            self.refresh();
            known()
        })
    }

    /// Looks for new and vanished files, where a folder changed since the last time.
    fn refresh(&self) {
        let stamps: Vec<_> = self.paths.iter().map(|p| Stamp::of(p).ok()).collect();
        let mut found = lock(&self.found);
        let retry = found
            .refused
            .iter()
            .any(|(path, (stamp, _))| Stamp::of(path).ok() != *stamp);
        if found.stamps == stamps && !retry {
            return;
        }
        let mut fresh = Found {
            stamps,
            ..Found::default()
        };
        for file in self.paths.iter().flat_map(|folder| components(folder)) {
            let known = found.slots.iter().find(|slot| slot.path == file).cloned();
            match known.map_or_else(|| Slot::read(&file, self.largest).map(Arc::new), Ok) {
                Ok(slot) => fresh.add(slot),
                Err(error) => fresh.refuse(file, &error),
            }
        }
        // A component whose file vanished serves on until another provides its types.
        for old in &found.slots {
            if old
                .entry()
                .description
                .types
                .iter()
                .any(|t| !fresh.by_type.contains_key(&t.name))
            {
                fresh.add(old.clone());
            }
        }
        *found = fresh;
    }
}

impl Found {
    fn add(&mut self, slot: Arc<Slot>) {
        let entry = slot.entry();
        let mut used = false;
        for provided in &entry.description.types {
            let earlier = self.by_type.get(&provided.name).map(|s| s.path.clone());
            match earlier {
                None => {
                    self.by_type.insert(provided.name.clone(), slot.clone());
                    used = true;
                }
                Some(earlier) if earlier != slot.path => {
                    let name = &provided.name;
                    let message = format!("{name} is already provided by {}", earlier.display());
                    self.refused.insert(
                        slot.path.clone(),
                        (
                            Stamp::of(&slot.path).ok(),
                            fault(&slot.path, "Shadowed", message),
                        ),
                    );
                }
                Some(_) => {}
            }
        }
        if used {
            self.slots.push(slot);
        }
    }

    fn refuse(&mut self, path: PathBuf, error: &HostError) {
        let refused = fault(&path, error.reason(), error.to_string());
        tracing::warn!(path = %path.display(), %error, "not a usable scaler component");
        let stamp = Stamp::of(&path).ok();
        self.refused.insert(path, (stamp, refused));
    }
}

fn fault(path: &Path, reason: &'static str, message: String) -> Fault {
    Fault {
        path: path.to_path_buf(),
        reason,
        message,
    }
}

/// The component files of a folder, by name. Dot files are editors' and downloads' temporaries.
fn components(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "wasm"))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default();
            !name.as_encoded_bytes().starts_with(b".")
        })
        .collect();
    files.sort();
    files
}
