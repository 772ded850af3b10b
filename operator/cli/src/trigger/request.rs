use std::collections::BTreeMap;

use anyhow::{Context, bail};
use runtime_types::{PodIdentity, Trigger};
use secrecy::{ExposeSecret, SecretString};

use crate::args::AskArgs;

/// A trigger to be asked about.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) trigger: Trigger,
    /// `metricType` as the user wrote it; empty when left out.
    pub(crate) metric_type: String,
    /// Remarks that came up while it was read.
    pub(crate) notices: Vec<String>,
}

impl Request {
    /// The trigger that the arguments describe. `variable` looks into penstock's own environment.
    ///
    /// No message quotes a value: each of them may be a secret.
    pub(crate) fn from_args(
        args: &AskArgs,
        variable: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        let own = |name: &str| variable(name).with_context(|| format!("${name} is not set"));
        let mut auth_params = BTreeMap::new();
        for (nth, given) in args.auth.iter().enumerate() {
            let (name, value) = pair("--auth", nth, given)?;
            let value = if let Some(name) = value.strip_prefix("env:") {
                own(name)?
            } else if let Some(path) = value.strip_prefix("file:") {
                let text = std::fs::read_to_string(path);
                let text = text.with_context(|| format!("--auth {name}=file:{path}"))?;
                without_line_end(text)
            } else {
                value.to_string()
            };
            insert(&mut auth_params, "--auth", name, SecretString::from(value))?;
        }
        let mut resolved_env = BTreeMap::new();
        for (nth, given) in args.env.iter().enumerate() {
            let (name, value) = match given.expose_secret() {
                name if !name.contains('=') => (name, own(name)?),
                _ => pair("--env", nth, given).map(|(name, value)| (name, value.to_string()))?,
            };
            insert(&mut resolved_env, "--env", name, SecretString::from(value))?;
        }
        let mut metadata = BTreeMap::new();
        for (nth, given) in args.metadata.iter().enumerate() {
            let (name, value) = pair("--set", nth, given)?;
            insert(&mut metadata, "--set", name, value.to_string())?;
        }
        Ok(Self {
            trigger: Trigger {
                trigger_type: args.trigger_type.clone().unwrap_or_default(),
                name: args.name.clone(),
                index: args.index,
                namespace: args.namespace.clone(),
                object: String::new(),
                metadata,
                auth_params,
                resolved_env,
                as_metric_source: args.as_metric_source,
                identity: identity(&args.pod_identity),
            },
            metric_type: args.metric_type.clone(),
            notices: vec![],
        })
    }
}

/// KEDA's `none`, like nothing at all, is no identity.
pub(super) fn identity(provider: &str) -> Option<PodIdentity> {
    (!matches!(provider, "" | "none")).then(|| PodIdentity {
        provider: provider.to_string(),
        ..PodIdentity::default()
    })
}

fn pair<'a>(
    option: &str,
    nth: usize,
    given: &'a SecretString,
) -> anyhow::Result<(&'a str, &'a str)> {
    let Some((name, value)) = given.expose_secret().split_once('=') else {
        bail!("{option} number {} has no `=`: write NAME=VALUE", nth + 1);
    };
    if name.is_empty() {
        bail!("{option} number {} has no name: write NAME=VALUE", nth + 1);
    }
    Ok((name, value))
}

fn insert<V>(
    values: &mut BTreeMap<String, V>,
    option: &str,
    name: &str,
    value: V,
) -> anyhow::Result<()> {
    match values.insert(name.to_string(), value) {
        Some(_) => bail!("{option} {name} is given twice"),
        None => Ok(()),
    }
}

/// Editors end a file with a line end that is no part of the secret.
fn without_line_end(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command, TriggerCommand};

    fn read(arguments: &[&str]) -> anyhow::Result<Request> {
        let line = ["penstock", "trigger", "check", "--type", "redis"];
        let cli = Cli::try_parse_from(line.iter().chain(arguments))?;
        let Command::Trigger(args) = cli.command else {
            panic!("not `trigger`");
        };
        let TriggerCommand::Check(args) = args.command else {
            panic!("not `check`");
        };
        Request::from_args(&args, |name| (name == "PW").then(|| "from-env".to_string()))
    }

    fn secret(values: &BTreeMap<String, SecretString>, name: &str) -> String {
        values[name].expose_secret().to_string()
    }

    #[test]
    fn a_value_may_hold_further_equals_signs() {
        let request = read(&["--set", "query=a=b", "--auth", "x=p=w"]).unwrap();
        assert_eq!(request.trigger.metadata["query"], "a=b");
        assert_eq!(secret(&request.trigger.auth_params, "x"), "p=w");
    }

    #[test]
    fn a_secret_may_come_from_the_environment_or_a_file() {
        let file = std::env::temp_dir().join(format!("penstock-secret-{}", std::process::id()));
        std::fs::write(&file, "in-file\n").unwrap();
        let from_file = format!("key=file:{}", file.display());
        let request = read(&["--auth", "password=env:PW", "--auth", &from_file]);
        std::fs::remove_file(&file).unwrap();
        let auth = request.unwrap().trigger.auth_params;
        assert_eq!(secret(&auth, "password"), "from-env");
        assert_eq!(secret(&auth, "key"), "in-file");
        let error = read(&["--auth", "password=env:OTHER"]).unwrap_err();
        assert_eq!(error.to_string(), "$OTHER is not set");
    }

    #[test]
    fn a_variable_without_a_value_is_penstocks_own() {
        let request = read(&["--env", "PW", "--env", "A=", "--env", "B=x"]).unwrap();
        let env = request.trigger.resolved_env;
        assert_eq!(secret(&env, "PW"), "from-env");
        assert_eq!(secret(&env, "A"), "");
        assert_eq!(secret(&env, "B"), "x");
    }

    #[test]
    fn no_refusal_quotes_a_value() {
        for arguments in [
            &["--auth", "hunter2"][..],
            &["--auth", "=hunter2"],
            &["--set", "hunter2"],
            &["--env", "=hunter2"],
            &["--auth", "a=hunter2", "--auth", "a=hunter2"],
        ] {
            let error = format!("{:#}", read(arguments).unwrap_err());
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn the_identity_none_is_no_identity() {
        assert_eq!(read(&[]).unwrap().trigger.identity, None);
        let request = read(&["--pod-identity", "aws"]).unwrap();
        assert_eq!(request.trigger.identity.unwrap().provider, "aws");
    }

    #[test]
    fn a_type_is_needed_unless_lines_are_read() {
        let parse = |line: &[&str]| Cli::try_parse_from(line).map(|_| ());
        assert!(parse(&["penstock", "trigger", "poll"]).is_err());
        assert!(parse(&["penstock", "trigger", "poll", "--stdin"]).is_ok());
        assert!(parse(&["penstock", "trigger", "poll", "--stdin", "--type", "x"]).is_err());
    }
}
