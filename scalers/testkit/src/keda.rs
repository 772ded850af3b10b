use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use runtime_types::Trigger;
use scaler_sdk::Component;
use secrecy::SecretString;
use serde::Deserialize;

use crate::{Native, Setting, Subject as _};

/// The folder with KEDA's own test cases as data.
const FOLDER: &str = "PENSTOCK_FIXTURES";

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    parse: Vec<Case>,
    #[serde(default)]
    metric_names: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    metadata: Option<BTreeMap<String, String>>,
    auth_params: Option<BTreeMap<String, String>>,
    resolved_env: Option<BTreeMap<String, String>>,
    #[serde(default)]
    trigger_index: u32,
    #[serde(default)]
    as_metric_source: bool,
    scalable_object_namespace: Option<String>,
    expect_error: Option<bool>,
    expected: Option<String>,
}

/// Whether `C` accepts and refuses the parameters, and names the metrics, that KEDA does by its
/// own tests. Does nothing without the folder that `PENSTOCK_FIXTURES` names.
///
/// # Panics
/// When a case differs, or the cases cannot be read.
#[track_caller]
pub fn run_keda_cases<C: Component>(trigger_type: &str) {
    let Some(folder) = env::var_os(FOLDER)
        .map(PathBuf::from)
        .filter(|f| f.is_dir())
    else {
        return;
    };
    let path = folder.join("keda").join(format!("{trigger_type}.json"));
    let file = read(&path);
    let mut subject = Native::<C>::new();
    subject.begin(&Setting::default());
    let mut differences = Vec::new();
    for case in file.parse.iter().chain(&file.metric_names) {
        let answer = subject.check(&case.trigger(trigger_type));
        let as_expected = match (case.expect_error, &case.expected, &answer) {
            (Some(expected), _, answer) => answer.is_err() == expected,
            (None, Some(name), Ok(checked)) => {
                let mut names = checked
                    .metrics
                    .iter()
                    .map(|m| m.full_name(case.trigger_index));
                names.next().as_ref() == Some(name)
            }
            (None, _, _) => false,
        };
        if !as_expected {
            differences.push(format!("{}: got {answer:?}", case.id));
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

fn read(path: &Path) -> File {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

impl Case {
    fn trigger(&self, trigger_type: &str) -> Trigger {
        let secret = |values: &Option<BTreeMap<String, String>>| {
            let pairs = values.iter().flatten();
            pairs
                .map(|(k, v)| (k.clone(), SecretString::from(v.as_str())))
                .collect()
        };
        Trigger {
            trigger_type: trigger_type.to_string(),
            index: self.trigger_index,
            namespace: self.scalable_object_namespace.clone().unwrap_or_default(),
            metadata: self.metadata.clone().unwrap_or_default(),
            auth_params: secret(&self.auth_params),
            resolved_env: secret(&self.resolved_env),
            as_metric_source: self.as_metric_source,
            ..Trigger::default()
        }
    }
}
