use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Names the folder of the cases; `none` leaves them out.
const VARIABLE: &str = "PENSTOCK_FIXTURES";

/// This crate's folder. At run time first: with a target folder that several clones share, what
/// was compiled in may be another clone's.
pub fn crate_folder() -> PathBuf {
    let running = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    running.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")))
}

/// The folder of KEDA's cases.
#[derive(Debug, Clone)]
pub struct Fixtures(PathBuf);

/// The cases of one trigger type.
#[derive(Debug, Clone, Default)]
pub struct TypeCases {
    /// Does this configuration parse?
    pub parse: Vec<Value>,
    /// The same, of the types that KEDA builds with the same parser.
    pub shared: Vec<Value>,
    /// What is the metric called?
    pub names: Vec<Value>,
    /// What does the source say?
    pub values: Vec<Value>,
}

impl Fixtures {
    /// The folder, or `None` where somebody decided to do without: by name, or by a clone that lies
    /// beside no such folder.
    ///
    /// # Errors
    /// When the folder that is named is not there, or none is where `CI` is set: absent cases must not
    /// look like ones that passed.
    pub fn find() -> Result<Option<Self>> {
        let folder = match std::env::var_os(VARIABLE) {
            Some(set) if set == "none" => return Ok(None),
            Some(set) => PathBuf::from(set),
            None => {
                let beside = crate_folder().ancestors().nth(3).map(Path::to_path_buf);
                let folder = beside.unwrap_or_default().join("shared/fixtures");
                if !folder.is_dir() && std::env::var_os("CI").is_none() {
                    return Ok(None);
                }
                folder
            }
        };
        if !folder.join("keda").is_dir() {
            bail!(
                "KEDA's cases are not there: {} does not exist; name their folder with \
                 {VARIABLE}, or leave them out on purpose with {VARIABLE}=none",
                folder.join("keda").display()
            );
        }
        Ok(Some(Self(folder)))
    }

    /// The folder that paths of `body_file` start from.
    pub fn folder(&self) -> PathBuf {
        self.0.join("keda")
    }

    /// The cases for a trigger type; `None` where KEDA has no such type.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn cases(&self, trigger_type: &str) -> Result<Option<TypeCases>> {
        let Some(file) = self.read(trigger_type)? else {
            return Ok(None);
        };
        let mut cases = TypeCases {
            parse: list(&file, "parse"),
            names: list(&file, "metric_names"),
            values: list(&file, "values"),
            ..TypeCases::default()
        };
        for other in list(&file, "shares_parser_with") {
            let name = other
                .as_str()
                .context("shares_parser_with is no list of names")?;
            if let Some(other) = self.read(name)? {
                cases.shared.extend(list(&other, "parse"));
            }
        }
        Ok(Some(cases))
    }

    fn read(&self, trigger_type: &str) -> Result<Option<Value>> {
        let path = self.folder().join(format!("{trigger_type}.json"));
        if !path.exists() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(&path);
        let text = text.with_context(|| path.display().to_string())?;
        let file = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        Ok(Some(file))
    }
}

fn list(file: &Value, key: &str) -> Vec<Value> {
    file[key].as_array().cloned().unwrap_or_default()
}
