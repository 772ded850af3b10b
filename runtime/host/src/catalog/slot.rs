use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use runtime_types::{Description, Unknown, UnknownReason};
use wasmtime::component::Component;

use super::{Entry, Fault};
use crate::component::LoadedComponent;
use crate::runtime::Runtime;
use crate::state::lock;
use crate::{HostError, read_description};

/// Tells versions of a file apart without reading it. A replaced file has another inode, a file
/// written over another time or length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    modified_ns: i128,
    length: u64,
}

impl Stamp {
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            inode: metadata.ino(),
            modified_ns: i128::from(metadata.mtime()) * 1_000_000_000
                + i128::from(metadata.mtime_nsec()),
            length: metadata.len(),
        })
    }
}

/// One component file.
pub(super) struct Slot {
    pub(super) path: PathBuf,
    largest: u64,
    known: Mutex<Known>,
    /// Held while the file is read and compiled: others wait for the result instead of doing
    /// the same.
    loading: tokio::sync::Mutex<()>,
}

struct Known {
    /// The version that `description`, or else `fault`, is of.
    stamp: Stamp,
    description: Arc<Description>,
    digest: String,
    loaded: Option<Arc<LoadedComponent>>,
    fault: Option<Fault>,
}

impl Slot {
    /// Reads the file's description.
    pub(super) fn read(path: &Path, largest: u64) -> Result<Self, HostError> {
        let stamp = Stamp::of(path).map_err(|e| HostError::io(path, e))?;
        let bytes = read_file(path, largest)?;
        let description = Arc::new(read_description(&bytes)?);
        Ok(Self {
            path: path.to_path_buf(),
            largest,
            known: Mutex::new(Known {
                stamp,
                description,
                digest: blake3::hash(&bytes).to_hex().to_string(),
                loaded: None,
                fault: None,
            }),
            loading: tokio::sync::Mutex::new(()),
        })
    }

    pub(super) fn entry(&self) -> Entry {
        let known = lock(&self.known);
        Entry {
            path: self.path.clone(),
            description: known.description.clone(),
            digest: known.digest.clone(),
        }
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        lock(&self.known).fault.clone()
    }

    /// The component as the file is now; as it was before, when it cannot be loaded now.
    pub(super) async fn component(
        self: &Arc<Self>,
        runtime: &Arc<Runtime>,
    ) -> Result<Arc<LoadedComponent>, Unknown> {
        if let Some(current) = self.current() {
            return current;
        }
        let _loading = self.loading.lock().await;
        if let Some(current) = self.current() {
            return current;
        }
        let (slot, shared) = (self.clone(), runtime.clone());
        // Reading and compiling block. A load that is under way when its first asker gives up
        // goes on, and serves the next.
        let load = tokio::task::spawn_blocking(move || slot.load(&shared));
        // The compiler keeps its own time; this is for reading, and for compiling in this process.
        let patience = runtime.limits.compile_timeout + std::time::Duration::from_secs(5);
        match tokio::time::timeout(patience, load).await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => Err(unloadable(&self.path, &panic.to_string())),
            Err(_) => {
                let why = format!("not loaded within {patience:?}");
                Err(unloadable(&self.path, &why))
            }
        }
    }

    /// What is known of the file's present version; `None`: it must be loaded.
    fn current(&self) -> Option<Result<Arc<LoadedComponent>, Unknown>> {
        let stamp = Stamp::of(&self.path);
        let known = lock(&self.known);
        match (stamp, &known.loaded, &known.fault) {
            // A file that is gone leaves what it was.
            (Err(_), Some(loaded), _) => Some(Ok(loaded.clone())),
            (Err(error), None, _) => Some(Err(unloadable(&self.path, &error.to_string()))),
            (Ok(stamp), _, _) if stamp != known.stamp => None,
            (Ok(_), Some(loaded), _) => Some(Ok(loaded.clone())),
            (Ok(_), None, Some(fault)) => Some(Err(unloadable(&self.path, &fault.message))),
            (Ok(_), None, None) => None,
        }
    }

    fn load(&self, runtime: &Runtime) -> Result<Arc<LoadedComponent>, Unknown> {
        let stamp = match Stamp::of(&self.path) {
            Ok(stamp) => stamp,
            Err(error) => return Err(unloadable(&self.path, &error.to_string())),
        };
        let loaded = self.compile(runtime);
        let mut known = lock(&self.known);
        let replaced = known.loaded.is_some();
        known.stamp = stamp;
        match loaded {
            Ok(loaded) => {
                let path = self.path.display();
                let (name, digest) = (&loaded.description.name, &loaded.digest[..12]);
                tracing::info!(%path, name, digest, replaced, "scaler component loaded");
                known.description = loaded.description.clone();
                known.digest = loaded.digest.clone();
                known.fault = None;
                known.loaded = Some(loaded.clone());
                Ok(loaded)
            }
            Err(error) => {
                let path = self.path.display();
                let reason = error.reason();
                tracing::error!(%path, reason, %error, kept = replaced, "scaler component refused");
                known.fault = Some(Fault {
                    path: self.path.clone(),
                    reason,
                    message: error.to_string(),
                });
                let message = error.to_string();
                known
                    .loaded
                    .clone()
                    .ok_or_else(|| unloadable(&self.path, &message))
            }
        }
    }

    fn compile(&self, runtime: &Runtime) -> Result<Arc<LoadedComponent>, HostError> {
        let bytes = read_file(&self.path, self.largest)?;
        let description = Arc::new(read_description(&bytes)?);
        let digest = blake3::hash(&bytes);
        let engine = runtime.sandbox.engine();
        let cached = runtime.cache.as_ref().and_then(|c| c.load(engine, &digest));
        let component = match cached {
            Some(component) => component,
            None => {
                let compiled = compile(runtime, &bytes)?;
                if let Some(cache) = &runtime.cache {
                    cache.store(engine, &digest, &compiled);
                }
                compiled
            }
        };
        let digest = digest.to_hex().to_string();
        LoadedComponent::new(&runtime.linker, &component, description, digest).map(Arc::new)
    }
}

fn compile(runtime: &Runtime, component: &[u8]) -> Result<Component, HostError> {
    let engine = runtime.sandbox.engine();
    let failed = |e: wasmtime::Error| HostError::Compile(format!("{e:#}"));
    let Some(compiler) = &runtime.compiler else {
        return Component::new(engine, component).map_err(failed);
    };
    let code = compiler.compile(component, &runtime.limits)?;
    // SAFETY: the code comes straight from a process that we started and that runs our own
    // program; the component has no way to put words into its mouth.
    unsafe { Component::deserialize(engine, code) }.map_err(failed)
}

fn read_file(path: &Path, largest: u64) -> Result<Vec<u8>, HostError> {
    let io = |e| HostError::io(path, e);
    let size = fs::metadata(path).map_err(io)?.len();
    if size > largest {
        return Err(HostError::TooLarge {
            size,
            limit: largest,
        });
    }
    fs::read(path).map_err(io)
}

fn unloadable(path: &Path, why: &str) -> Unknown {
    let message = format!("{}: {why}", path.display());
    Unknown::new(UnknownReason::Unloadable, message)
}
