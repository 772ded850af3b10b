use super::quote::Quoted;
use super::{Conversion, FromParameter, ParameterSpec, Source, TriggerConfig, Validate};
use crate::Trigger;
use crate::bindings::penstock::scaler::types::ParameterError;

/// Stands for a secret in messages.
const HIDDEN: &str = "***";

/// What is wrong with a trigger's parameters, in the order it was found.
#[derive(Debug, Default)]
pub struct Problems(Vec<ParameterError>);

impl Problems {
    /// One parameter must change. `message` is one sentence in lower case.
    pub fn add(&mut self, parameter: impl Into<String>, message: impl Into<String>) {
        self.0.push(ParameterError::new(parameter, message));
    }

    /// Several parameters do not fit together.
    pub fn combined(&mut self, message: impl Into<String>) {
        self.0.push(ParameterError::combined(message));
    }

    /// Whether something is already wrong with a parameter: its value here is a mere default.
    pub fn has(&self, parameter: &str) -> bool {
        self.0.iter().any(|error| error.parameter == parameter)
    }

    /// Whether nothing was wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A trigger's parameters while they are being read.
#[derive(Debug)]
pub struct Parameters<'a> {
    trigger: &'a Trigger,
    problems: Problems,
    notices: Vec<String>,
    /// Within an optional group.
    optional: bool,
}

impl<'a> Parameters<'a> {
    /// The parameters of `trigger`, none of them read yet.
    pub fn new(trigger: &'a Trigger) -> Self {
        Self {
            trigger,
            problems: Problems::default(),
            notices: Vec::new(),
            optional: false,
        }
    }

    /// Reads one parameter; its type's default when it was left out or cannot be read.
    pub fn value<T: FromParameter>(&mut self, spec: &ParameterSpec) -> T {
        match self.read(spec) {
            Ok(value) => value,
            Err(error) => {
                self.problems.0.push(error);
                T::default()
            }
        }
    }

    /// Reads a nested struct. If `optional`, so are all parameters in it.
    pub fn group<T: TriggerConfig>(&mut self, optional: bool) -> T {
        let outside = self.optional;
        self.optional |= optional;
        let group = T::read(self);
        self.optional = outside;
        group
    }

    /// Lets a struct check its fields together.
    pub fn validate<T: Validate>(&mut self, config: &mut T) {
        config.validate(self.trigger, &mut self.problems);
    }

    pub(crate) fn finish<T>(self, config: T) -> Result<(T, Vec<String>), Vec<ParameterError>> {
        if self.problems.is_empty() {
            Ok((config, self.notices))
        } else {
            Err(self.problems.0)
        }
    }

    fn read<T: FromParameter>(&mut self, spec: &ParameterSpec) -> Result<T, ParameterError> {
        let given = self.find(spec);
        let name = given.map_or(spec.names[0], |(name, _)| name);
        let wrong = |message: String| ParameterError::new(name, message);
        if given.is_some() {
            let info = |text| format!("scaler {} info: {text}", self.trigger.trigger_type);
            if let Some(text) = spec.deprecated {
                return Err(wrong(info(text)));
            }
            if let Some(text) = spec.announce {
                self.notices.push(info(text));
            }
        }
        let Some(text) = given.map(|(_, text)| text).or(spec.default) else {
            if spec.optional || self.optional || T::OPTIONAL || spec.deprecated.is_some() {
                return Ok(T::default());
            }
            let sources: Vec<_> = spec.sources.iter().map(|s| s.as_str()).collect();
            let names = spec.names.join(",");
            let sources = sources.join(" ");
            return Err(wrong(format!(
                "missing required parameter {} in [{sources}]",
                Quoted(&names)
            )));
        };
        check_words(spec, text).map_err(wrong)?;
        let conversion = Conversion {
            separator: spec.separator,
            range: spec.range,
        };
        T::from_parameter(text, conversion).map_err(|cause| {
            // A cause repeats parts of the value.
            let cause = if spec.secret {
                "not as declared".to_string()
            } else {
                cause
            };
            wrong(format!("unable to set param {}: {cause}", of(spec, text)))
        })
    }

    /// The first non-empty value in the declared order of sources, then of names.
    fn find(&self, spec: &ParameterSpec) -> Option<(&'static str, &'a str)> {
        let trigger = self.trigger;
        spec.sources.iter().find_map(|source| {
            spec.names.iter().find_map(|name| {
                let value = match source {
                    Source::TriggerMetadata => trigger.metadata.get(*name),
                    Source::AuthParams => trigger.auth_params.get(*name),
                    Source::ResolvedEnv => {
                        let variable = trigger.metadata.get(&format!("{name}FromEnv"))?;
                        trigger.resolved_env.get(variable)
                    }
                }?;
                let value = value.trim();
                (!value.is_empty()).then_some((*name, value))
            })
        })
    }
}

/// `"name" value "text"`, as all messages about a value begin.
fn of(spec: &ParameterSpec, text: &str) -> String {
    let names = spec.names.join(",");
    let text = if spec.secret { HIDDEN } else { text };
    format!("{} value {}", Quoted(&names), Quoted(text))
}

fn check_words(spec: &ParameterSpec, text: &str) -> Result<(), String> {
    let mut words = text.split(spec.separator).map(str::trim);
    if !spec.allowed.is_empty() && !words.clone().all(|word| spec.allowed.contains(&word)) {
        let allowed = spec.allowed.join(" ");
        return Err(format!(
            "parameter {} must be one of [{allowed}]",
            of(spec, text)
        ));
    }
    let is_exclusive = |word: &&str| spec.exclusive.contains(word);
    if words.by_ref().filter(is_exclusive).count() > 1 {
        let exclusive = spec.exclusive.join(" ");
        let of = of(spec, text);
        return Err(format!(
            "parameter {of} must contain only one of [{exclusive}]"
        ));
    }
    Ok(())
}
