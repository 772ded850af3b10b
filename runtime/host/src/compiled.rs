//! Machine code kept on disk, since compiling a component takes a thousand times longer than
//! reading it back.
//!
//! The folder is private to the user, and each file is authenticated with a key that lies beside
//! it: wasmtime trusts machine code blindly, so a damaged or foreign file must not reach it.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::HostError;

const KEY_FILE: &str = "key";
const HASH_BYTES: usize = blake3::OUT_LEN;

/// A folder of compiled components. An entry is found by the component's digest and by all that
/// decides whether its code runs here: wasmtime's version, its settings and the CPU's features.
#[derive(Debug)]
pub struct AotCache {
    folder: PathBuf,
    key: [u8; blake3::KEY_LEN],
}

impl AotCache {
    /// Opens the folder, making it (0700) when it is absent.
    ///
    /// # Errors
    /// When it cannot be made, or others than its owner may enter it.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, HostError> {
        let folder = folder.into();
        let io = |e| HostError::io(&folder, e);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(io)?;
        let metadata = fs::metadata(&folder).map_err(io)?;
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            let message = "belongs to another user, so its code cannot be trusted";
            return Err(io(std::io::Error::new(
                ErrorKind::PermissionDenied,
                message,
            )));
        }
        if metadata.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).map_err(io)?;
        }
        let key = key(&folder)?;
        Ok(Self { folder, key })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The component's code, when it is here and whole.
    pub(crate) fn load(&self, engine: &Engine, digest: &blake3::Hash) -> Option<Component> {
        let path = self.path(engine, digest);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                if error.kind() != ErrorKind::NotFound {
                    tracing::warn!(path = %path.display(), %error, "compiled component unreadable");
                }
                return None;
            }
        };
        let Some((tag, code)) = bytes.split_first_chunk::<HASH_BYTES>() else {
            return self.reject(&path, "cut off");
        };
        // blake3's comparison of hashes takes constant time.
        if blake3::Hash::from_bytes(*tag) != self.tag(&path, code) {
            return self.reject(&path, "not written by this user, or damaged");
        }
        // SAFETY: the bytes are what `store` wrote: it alone knows the key, which lies in a
        // folder that only this user can enter.
        match unsafe { Component::deserialize(engine, code) } {
            Ok(component) => Some(component),
            Err(error) => self.reject(&path, &error.to_string()),
        }
    }

    fn reject(&self, path: &Path, why: &str) -> Option<Component> {
        tracing::warn!(path = %path.display(), why, "compiled component refused; compiling anew");
        let _ = fs::remove_file(path);
        None
    }

    /// Keeps the component's code. A failure costs time at the next start and nothing else.
    pub(crate) fn store(&self, engine: &Engine, digest: &blake3::Hash, component: &Component) {
        let path = self.path(engine, digest);
        let written = component
            .serialize()
            .map_err(|e| std::io::Error::other(e.to_string()))
            .and_then(|code| {
                let tag = self.tag(&path, &code);
                write_atomically(&path, &[tag.as_bytes(), &code])
            });
        if let Err(error) = written {
            tracing::warn!(path = %path.display(), %error, "compiled component not kept");
        }
    }

    /// The tag covers the name, so that an entry cannot be passed off as another.
    fn tag(&self, path: &Path, code: &[u8]) -> blake3::Hash {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        blake3::Hasher::new_keyed(&self.key)
            .update(&(name.len() as u64).to_le_bytes())
            .update(name)
            .update(code)
            .finalize()
    }

    fn path(&self, engine: &Engine, digest: &blake3::Hash) -> PathBuf {
        use std::hash::{Hash, Hasher};
        let mut compatibility = std::hash::DefaultHasher::new();
        engine
            .precompile_compatibility_hash()
            .hash(&mut compatibility);
        let (digest, fits) = (digest.to_hex(), compatibility.finish());
        self.folder
            .join(format!("{}-{fits:016x}.aot", &digest[..32]))
    }
}

/// The cache's key, made on first use.
fn key(folder: &Path) -> Result<[u8; blake3::KEY_LEN], HostError> {
    let path = folder.join(KEY_FILE);
    if !path.exists() {
        let fresh: [u8; blake3::KEY_LEN] = rand::random();
        write_atomically(&path, &[&fresh]).map_err(|e| HostError::io(&path, e))?;
    }
    // Read back: another process may have written its own at the same time, and the last wins.
    let bytes = fs::read(&path).map_err(|e| HostError::io(&path, e))?;
    bytes.try_into().map_err(|_| {
        let message = "not a key; remove the file to make a new one";
        HostError::io(&path, std::io::Error::new(ErrorKind::InvalidData, message))
    })
}

/// Writes beside the file and renames over it: readers see the old or the new, never half.
fn write_atomically(path: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
    let unique: u64 = rand::random();
    let temporary = path.with_extension(format!("{unique:016x}.tmp"));
    let write = || {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        for part in parts {
            file.write_all(part)?;
        }
        fs::rename(&temporary, path)
    };
    let written = write();
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::Config;

    fn engine() -> Engine {
        let mut config = Config::new();
        config.wasm_component_model(true);
        Engine::new(&config).unwrap()
    }

    const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

    fn stored(folder: &Path) -> (Engine, AotCache, blake3::Hash, PathBuf) {
        let engine = engine();
        let cache = AotCache::open(folder.join("aot")).unwrap();
        let digest = blake3::hash(EMPTY_COMPONENT);
        let component = Component::new(&engine, EMPTY_COMPONENT).unwrap();
        cache.store(&engine, &digest, &component);
        let path = cache.path(&engine, &digest);
        (engine, cache, digest, path)
    }

    #[test]
    fn what_was_stored_is_found_again_by_another_process() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, cache, digest, _) = stored(folder.path());
        assert!(cache.load(&engine, &digest).is_some());
        let again = AotCache::open(folder.path().join("aot")).unwrap();
        assert!(again.load(&engine, &digest).is_some());
        assert!(again.load(&engine, &blake3::hash(b"other")).is_none());
    }

    #[test]
    fn a_tampered_entry_is_refused_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, cache, digest, path) = stored(folder.path());
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(cache.load(&engine, &digest).is_none());
        assert!(!path.exists());
    }

    #[test]
    fn an_entry_passed_off_as_another_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, cache, _, path) = stored(folder.path());
        let other = blake3::hash(b"other");
        fs::copy(&path, cache.path(&engine, &other)).unwrap();
        assert!(cache.load(&engine, &other).is_none());
    }

    #[test]
    fn a_cut_off_entry_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, cache, digest, path) = stored(folder.path());
        fs::write(&path, b"short").unwrap();
        assert!(cache.load(&engine, &digest).is_none());
    }

    #[test]
    fn the_folder_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let open = folder.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        AotCache::open(&open).unwrap();
        assert_eq!(fs::metadata(&open).unwrap().mode() & 0o777, 0o700);
    }
}
