use glob::Pattern;
use scaler_sdk::{Problems, Trigger, TriggerConfig, Validate};

/// The parameters.
#[derive(Debug, TriggerConfig)]
#[config(validate)]
pub struct Config {
    /// The directory to look into, as the operator sees it. It has to be one that the operator
    /// was told to allow.
    #[param(role = "directory")]
    pub(crate) directory: String,
    /// Which names count: `*` stands for any characters, `?` for one, `[ab]` for one of these
    /// and `[!ab]` for one of the others.
    #[param(default = "*")]
    pub(crate) pattern: String,
    /// How many files one replica should have.
    #[param(default = "5")]
    pub(crate) files_per_replica: i64,
    /// More files than this make the trigger active.
    #[param(default = "0")]
    pub(crate) activation_files: i64,
    /// Files changed less than this many seconds ago do not count: they may still be being
    /// written.
    #[param(default = "0")]
    pub(crate) minimum_age_seconds: u64,
    /// Whether names that begin with a dot count, and directories with such names are entered.
    #[param(default = "false")]
    pub(crate) include_hidden: bool,
    /// Whether files in directories below count, eight levels deep.
    #[param(default = "false")]
    pub(crate) recursive: bool,
    /// `pattern`, ready to use; `None` only if it is none.
    pub(crate) matcher: Option<Pattern>,
}

impl Config {
    /// Named after the directory itself, so that the name stays short and says which it is.
    pub(crate) fn metric_name(&self) -> String {
        let last = self.directory.rsplit('/').find(|part| !part.is_empty());
        format!("spool-{}", last.unwrap_or("root"))
    }
}

impl Validate for Config {
    fn validate(&mut self, _: &Trigger, problems: &mut Problems) {
        if !self.directory.is_empty() && !self.directory.starts_with('/') {
            let text = format!("directory {:?} is not an absolute path", self.directory);
            problems.add("directory", text);
        }
        if self.directory.split('/').any(|part| part == "..") {
            let text = format!("directory {:?} must not contain \"..\"", self.directory);
            problems.add("directory", text);
        }
        if self.files_per_replica < 1 && !problems.has("filesPerReplica") {
            let text = format!(
                "filesPerReplica is {}, not at least 1",
                self.files_per_replica
            );
            problems.add("filesPerReplica", text);
        }
        match Pattern::new(&self.pattern) {
            Ok(pattern) => self.matcher = Some(pattern),
            Err(error) => problems.add(
                "pattern",
                format!("pattern {:?} cannot be read: {}", self.pattern, error.msg),
            ),
        }
    }
}
