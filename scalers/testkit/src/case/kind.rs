use serde::Deserialize;

use super::kube::KubeExchange;
use super::{Case, Server, Step};

/// The five kinds of cases that every scaler has. A case that is none of them names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The source answers, and a value is above 0.
    Happy,
    /// The source answers that there is nothing: 0, or no value.
    Empty,
    /// A parameter is at fault, and the answer says so.
    BadConfig,
    /// The source refuses the connection, closes it without a word, or answers 401 or 403; a
    /// directory cannot be read. Not known, or a fault of the parameters, never 0.
    Refused,
    /// The source answers what cannot be understood; a directory is something else. Not known, never
    /// 0.
    Malformed,
}

impl Kind {
    /// All five.
    pub const ALL: [Self; 5] = [
        Self::Happy,
        Self::Empty,
        Self::BadConfig,
        Self::Refused,
        Self::Malformed,
    ];

    /// As in `kind = "..."`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Happy => "happy",
            Self::Empty => "empty",
            Self::BadConfig => "bad-config",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
        }
    }

    /// What a case must do to be of this kind, where it does not.
    pub(super) fn missed_by(self, case: &Case) -> Option<&'static str> {
        match self {
            Self::Happy => (!values(case).any(|v| v > 0.0))
                .then_some("kind = \"happy\" expects a value above 0 in a [[poll]]"),
            Self::Empty => {
                let nothing = case.poll.iter().any(|poll| poll.values.is_some());
                (!nothing || !values(case).all(|v| v == 0.0))
                    .then_some("kind = \"empty\" expects 0, or no value, in each [[poll]]")
            }
            Self::BadConfig => {
                let checked = case.check.iter().flat_map(|c| &c.errors);
                let polled = case.poll.iter().flat_map(|p| &p.config);
                let found = checked.chain(polled).any(|errors| !errors.is_empty());
                (!found).then_some("kind = \"bad-config\" expects errors of parameters")
            }
            Self::Refused => {
                let refused = case.dir.is_some()
                    || case.tcp.values().any(refuses)
                    || case.kube.iter().any(KubeExchange::refuses);
                let told = case
                    .poll
                    .iter()
                    .any(|p| p.unknown.is_some() || p.config.is_some());
                (!refused || !told || case.poll.iter().any(|p| p.values.is_some())).then_some(
                    "kind = \"refused\" takes a server that refuses, closes without a word or \
                     answers 401 or 403 (or a [dir], or a [[kube]] that refuses), and expects unknown or config, never values",
                )
            }
            Self::Malformed => {
                let answered = case.dir.as_ref().is_some_and(|entries| !entries.is_empty())
                    || case.tcp.values().any(answers)
                    || case.kube.iter().any(KubeExchange::answers);
                // What comes later may show that the scaler recovers.
                let unknown = case.poll.first().is_some_and(|p| p.unknown.is_some());
                (!answered || !unknown).then_some(
                    "kind = \"malformed\" takes a server that replies (or a [dir] that is not \
                     empty, or a [[kube]] that answers), and expects unknown in the first [[poll]]",
                )
            }
        }
    }
}

/// All values expected. One that is not known by itself is no value.
fn values(case: &Case) -> impl Iterator<Item = f64> {
    let texts = case.poll.iter().flat_map(|poll| &poll.values);
    texts
        .flat_map(|values| values.values())
        .filter_map(|v| v.parse().ok())
}

fn refuses(server: &Server) -> bool {
    let refused = |text: &str| {
        let status = text.strip_prefix("HTTP/1.1 ").unwrap_or_default();
        status.starts_with("401") || status.starts_with("403")
    };
    server.refuse
        || server.connection.iter().any(|connection| {
            let mut replies = connection.steps.iter().filter_map(reply).peekable();
            let stays = connection
                .steps
                .iter()
                .any(|s| matches!(s, Step::Silent(_)));
            match replies.peek() {
                None => !stays,
                Some(_) => replies.any(refused),
            }
        })
}

fn answers(server: &Server) -> bool {
    let mut steps = server.connection.iter().flat_map(|c| &c.steps);
    steps.any(|step| reply(step).is_some())
}

fn reply(step: &Step) -> Option<&str> {
    match step {
        Step::Reply(text) | Step::ReplyHex(text) | Step::ReplyBytewise(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(kind: &str, rest: &str) -> Result<(), &'static str> {
        let text = format!("about = 'x'\nkind = '{kind}'\n[trigger]\ntype = 'x'\n{rest}");
        let case: Case = toml::from_str(&text).unwrap_or_else(|e| panic!("{e}:\n{text}"));
        case.consistent()
    }

    const REFUSING: &str = "[tcp.a]\nrefuse = true\n";
    const CLOSING: &str = "[[tcp.a.connection]]\nsteps = [{ until = '\\n' }]\n";
    const SILENT: &str = "[[tcp.a.connection]]\nsteps = [{ silent = true }]\n";
    const REPLYING: &str = "[[tcp.a.connection]]\nsteps = [{ reply = 'x' }]\n";
    const FORBIDDING: &str = "[[tcp.a.connection]]\nsteps = [{ reply = 'HTTP/1.1 403 No' }]\n";
    const FORBIDDEN: &str = "[[kube]]\ncount_pods = 'a=b'\nunknown = { reason = 'Forbidden' }\n";
    const COUNTED: &str = "[[kube]]\ncount_pods = 'a=b'\ncount = 7\n";
    const SEVEN: &str = "[[poll]]\nvalues = { a = '7' }\n";
    const ZERO: &str = "[[poll]]\nvalues = { a = '0' }\n";
    const UNKNOWN: &str = "[[poll]]\nunknown = { reason = 'Malformed' }\n";
    const CONFIG: &str = "[[poll]]\nconfig = [{ param = 'a' }]\n";

    #[test]
    fn a_case_does_what_its_kind_says() {
        for (kind, rest) in [
            ("happy", [REPLYING, ZERO, SEVEN]),
            ("empty", [REPLYING, ZERO, ""]),
            ("empty", [REPLYING, "[[poll]]\nvalues = {}\n", ""]),
            ("bad-config", [CONFIG, "", ""]),
            (
                "bad-config",
                ["[check]\nerrors = [{ param = 'a' }]\n", "", ""],
            ),
            ("refused", [REFUSING, UNKNOWN, ""]),
            ("refused", [CLOSING, UNKNOWN, ""]),
            ("refused", [FORBIDDING, CONFIG, ""]),
            ("refused", ["[dir]\n", UNKNOWN, ""]),
            ("refused", [FORBIDDEN, UNKNOWN, ""]),
            ("malformed", [COUNTED, UNKNOWN, ""]),
            ("malformed", [REPLYING, UNKNOWN, SEVEN]),
            ("malformed", ["[dir]\nin = {}\n", UNKNOWN, ""]),
        ] {
            assert_eq!(case(kind, &rest.concat()), Ok(()), "{kind}: {rest:?}");
        }
    }

    #[test]
    fn a_case_that_does_something_else_than_its_kind_says_is_refused() {
        for (kind, rest) in [
            ("happy", [REPLYING, ZERO, ""]),
            ("happy", [REPLYING, UNKNOWN, ""]),
            ("empty", [REPLYING, SEVEN, ZERO]),
            ("empty", [REPLYING, UNKNOWN, ""]),
            ("bad-config", [REPLYING, UNKNOWN, ""]),
            ("bad-config", ["[check]\nmetrics = []\n", "", ""]),
            ("refused", [REPLYING, UNKNOWN, ""]),
            ("refused", [SILENT, UNKNOWN, ""]),
            ("refused", [REFUSING, ZERO, ""]),
            ("refused", [UNKNOWN, "", ""]),
            ("malformed", [REFUSING, UNKNOWN, ""]),
            ("malformed", [CLOSING, UNKNOWN, ""]),
            ("malformed", [REPLYING, SEVEN, UNKNOWN]),
            ("malformed", [REPLYING, CONFIG, ""]),
            ("malformed", ["[dir]\n", UNKNOWN, ""]),
            ("malformed", [FORBIDDEN, UNKNOWN, ""]),
            ("refused", [COUNTED, UNKNOWN, ""]),
        ] {
            let rest = rest.concat();
            // What a server that nobody asks would be is not looked at here.
            let refused = case(kind, &rest).expect_err(&format!("{kind}:\n{rest}"));
            assert!(refused.contains(kind), "{refused}");
        }
    }
}
