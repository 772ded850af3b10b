mod kind;
pub(crate) mod kube;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;

pub use kind::Kind;
use kube::KubeExchange;

/// One file of `cases/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The file's name without `.toml`.
    #[serde(skip)]
    pub name: String,
    /// What the case shows, as a sentence.
    pub about: String,
    /// Which of the five kinds that every scaler has it is, if it is one.
    pub kind: Option<Kind>,
    pub(crate) trigger: TriggerText,
    /// Scripted servers by name.
    #[serde(default)]
    pub(crate) tcp: BTreeMap<String, Server>,
    /// Content of the directory `{dir}`, by path below it.
    pub(crate) dir: Option<BTreeMap<String, FolderEntry>>,
    /// Questions to the cluster with their answers, in their order.
    #[serde(default)]
    pub(crate) kube: Vec<KubeExchange>,
    /// The time that the scaler sees (RFC 3339).
    pub(crate) now: Option<String>,
    /// The longest that one poll may wait, in milliseconds.
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) check: Option<ExpectedCheck>,
    /// Consecutive polls.
    #[serde(default)]
    pub(crate) poll: Vec<ExpectedPoll>,
}

/// The trigger, with placeholders.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TriggerText {
    #[serde(rename = "type")]
    pub(crate) trigger_type: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) index: u32,
    #[serde(default = "default_namespace")]
    pub(crate) namespace: String,
    #[serde(default)]
    pub(crate) as_metric_source: bool,
    #[serde(default)]
    pub(crate) metadata: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) auth_params: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) resolved_env: BTreeMap<String, String>,
}

fn default_namespace() -> String {
    "default".to_string()
}

/// A server on the loopback interface.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    /// Nobody listens there.
    #[serde(default)]
    pub(crate) refuse: bool,
    /// What happens on the first connection, the second, ...; there are no more than these.
    #[serde(default)]
    pub(crate) connection: Vec<Connection>,
}

/// One connection.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Connection {
    pub(crate) steps: Vec<Step>,
}

/// What a server does next. At the end of its steps it closes the connection.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Step {
    /// Exactly this text has to come.
    Expect(String),
    /// Exactly these bytes, in hexadecimal.
    ExpectHex(String),
    /// Whatever comes, up to and including this text.
    Until(String),
    /// Sends this text.
    Reply(String),
    /// Sends these bytes, in hexadecimal.
    ReplyHex(String),
    /// Sends this text, each byte in a packet of its own.
    ReplyBytewise(String),
    /// Says nothing any more and waits until the other side closes.
    Silent(Yes),
    /// Waits until the other side closes, which has to send nothing.
    AwaitClose(Yes),
}

/// `true`, for steps that need no value.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "bool")]
pub(crate) struct Yes;

impl TryFrom<bool> for Yes {
    type Error = &'static str;

    fn try_from(yes: bool) -> Result<Self, Self::Error> {
        yes.then_some(Self).ok_or("leave the step out instead")
    }
}

/// A file, a directory (whose path ends with a slash) or a link.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FolderEntry {
    #[serde(default)]
    pub(crate) text: String,
    /// How long ago it was changed, from `now`.
    pub(crate) age_seconds: Option<u64>,
    /// Makes it a symbolic link to there.
    pub(crate) link: Option<String>,
}

/// What `check` has to answer. What is left out is not compared.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedCheck {
    pub(crate) metrics: Option<Vec<ExpectedMetric>>,
    pub(crate) notices: Option<Vec<String>>,
    pub(crate) errors: Option<Vec<ExpectedError>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedMetric {
    /// Full name, with the trigger's index.
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) activation: Option<String>,
    pub(crate) fixed_type: Option<runtime_types::MetricType>,
}

/// Exactly one of `values`, `unknown` and `config`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedPoll {
    /// Exact decimal text by full metric name; `unknown <reason>` for one that is not known.
    pub(crate) values: Option<BTreeMap<String, String>>,
    /// Whether the trigger is active, by itself or by its thresholds.
    pub(crate) active: Option<bool>,
    pub(crate) unknown: Option<ExpectedUnknown>,
    pub(crate) config: Option<Vec<ExpectedError>>,
    /// Text that must appear nowhere in the answer, such as a password.
    #[serde(default)]
    pub(crate) never: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedUnknown {
    pub(crate) reason: runtime_types::UnknownReason,
    /// Contained in the message.
    #[serde(default)]
    pub(crate) text: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedError {
    #[serde(default)]
    pub(crate) param: String,
    /// Contained in the message.
    #[serde(default)]
    pub(crate) text: String,
}

/// A case that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The folder or a file cannot be read.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    /// Not the format expected.
    #[error("{0}: {1}")]
    Format(PathBuf, String),
    /// A placeholder stands for nothing.
    #[error("{0:?} names no server of this case, nor {{dir}}")]
    Placeholder(String),
    /// Not an RFC 3339 time.
    #[error("now = {0:?} is no time: {1}")]
    Time(String, String),
    /// Not bytes.
    #[error("{0:?} is not hexadecimal")]
    Hex(String),
}

/// The cases of a crate, in the order of their names. `crate_folder` is its
/// `env!("CARGO_MANIFEST_DIR")`.
///
/// # Errors
/// When a file cannot be read or has keys that mean nothing.
pub fn load_cases(crate_folder: &Path) -> Result<Vec<Case>, CaseError> {
    let folder = crate_folder.join("cases");
    let at = |path: &Path| {
        let path = path.to_path_buf();
        move |e| CaseError::Io(path, e)
    };
    let mut cases = Vec::new();
    for entry in fs::read_dir(&folder).map_err(at(&folder))? {
        let path = entry.map_err(at(&folder))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let text = fs::read_to_string(&path).map_err(at(&path))?;
            let format = |e: String| CaseError::Format(path.clone(), e);
            let mut case: Case = toml::from_str(&text).map_err(|e| format(e.to_string()))?;
            case.name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            case.consistent().map_err(|e| format(e.to_string()))?;
            cases.push(case);
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

impl Case {
    /// Whether there is anything around the scaler that it could ask: a server, a directory, or a
    /// cluster.
    pub fn has_source(&self) -> bool {
        self.dir.is_some() || !self.tcp.is_empty() || !self.kube.is_empty()
    }

    /// A case that expects nothing would always pass.
    fn consistent(&self) -> Result<(), &'static str> {
        if self.check.is_none() && self.poll.is_empty() {
            return Err("expects nothing: give [check] or [[poll]]");
        }
        if let Some(check) = &self.check
            && check.metrics.is_some() == check.errors.is_some()
        {
            return Err("[check] takes one of metrics and errors");
        }
        let exactly_one = |p: &ExpectedPoll| {
            [p.values.is_some(), p.unknown.is_some(), p.config.is_some()]
                .into_iter()
                .filter(|given| *given)
                .count()
                == 1
        };
        if !self.poll.iter().all(exactly_one) {
            return Err("each [[poll]] takes one of values, unknown and config");
        }
        if self
            .tcp
            .values()
            .any(|s| s.refuse != s.connection.is_empty())
        {
            return Err("a server either refuses or has connections");
        }
        if !self.kube.iter().all(KubeExchange::is_whole) {
            return Err(
                "each [[kube]] takes one of count_pods, count_nodes (with count) and config_map \
                 (with key, and value where there is one), or unknown in place of count and value",
            );
        }
        match self.kind.and_then(|kind| kind.missed_by(self)) {
            Some(missed) => Err(missed),
            None => Ok(()),
        }
    }
}
