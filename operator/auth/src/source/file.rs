//! `filePath`: a JSON file of strings below a directory permitted at start.

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::SecretString;

use crate::AuthError;

/// A file of parameters is a few kilobytes; a device or a log named by mistake is not read whole.
const MAX_BYTES: u64 = 1 << 20;

pub(crate) fn parameters(
    root: Option<&Path>,
    path: &str,
) -> Result<BTreeMap<String, SecretString>, AuthError> {
    let root = root.ok_or_else(|| AuthError::FilePathNoRoot(path.into()))?;
    if Path::new(path).is_absolute() || path.contains("..") {
        return Err(AuthError::FilePathOutside(path.into()));
    }
    let failed = |cause: String| AuthError::FilePathContent {
        path: path.into(),
        cause,
    };
    let full = root.join(path);
    let metadata = full.metadata().map_err(|e| failed(e.to_string()))?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(failed(format!(
            "not a regular file of at most {MAX_BYTES} bytes"
        )));
    }
    let bytes = std::fs::read(&full).map_err(|e| failed(e.to_string()))?;
    // serde's own texts may repeat the value that has the wrong type.
    let texts: BTreeMap<String, String> = serde_json::from_slice(&bytes).map_err(|e| {
        failed(format!(
            "not a JSON object of strings (line {} column {})",
            e.line(),
            e.column()
        ))
    })?;
    Ok(texts
        .into_iter()
        .map(|(key, value)| (key, SecretString::from(value)))
        .collect())
}
