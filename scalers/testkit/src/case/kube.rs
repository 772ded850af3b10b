use runtime_types::{Unknown, UnknownReason};
use serde::Deserialize;

/// One question to the cluster, and its answer: exactly one of `count_pods`, `count_nodes` and
/// `config_map` asks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KubeExchange {
    /// Exactly this selector.
    pub(crate) count_pods: Option<String>,
    /// Exactly this selector.
    pub(crate) count_nodes: Option<String>,
    /// Exactly this ConfigMap, at `key`.
    pub(crate) config_map: Option<String>,
    pub(crate) key: Option<String>,
    /// What there are.
    pub(crate) count: Option<u64>,
    /// What is there; left out: nothing is.
    pub(crate) value: Option<String>,
    /// Instead of an answer.
    pub(crate) unknown: Option<KubeFailure>,
}

/// What the cluster says instead of an answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KubeFailure {
    pub(crate) reason: UnknownReason,
    #[serde(default)]
    pub(crate) text: String,
}

impl KubeExchange {
    /// The question as text, the same for the same question.
    pub(crate) fn question(&self) -> String {
        match (&self.count_pods, &self.count_nodes, &self.config_map) {
            (Some(selector), _, _) => pods(selector),
            (_, Some(selector), _) => nodes(selector),
            (_, _, name) => {
                let text = |of: &Option<String>| of.clone().unwrap_or_default();
                value(&text(name), &text(&self.key))
            }
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        let asks = [&self.count_pods, &self.count_nodes, &self.config_map];
        let counts = self.config_map.is_none();
        asks.into_iter().flatten().count() == 1
            && self.key.is_some() != counts
            && match (&self.unknown, self.count, &self.value) {
                (Some(_), None, None) => true,
                (None, Some(_), None) => counts,
                (None, None, _) => !counts,
                _ => false,
            }
    }

    pub(super) fn refuses(&self) -> bool {
        use UnknownReason as R;
        let refusals = [R::Forbidden, R::Unauthenticated, R::Unreachable, R::Denied];
        let refusal = self.unknown.as_ref();
        refusal.is_some_and(|u| refusals.contains(&u.reason))
    }

    /// An answer that is there, or one that the host could not understand.
    pub(super) fn answers(&self) -> bool {
        let failure = self.unknown.as_ref();
        failure.is_none_or(|u| u.reason == UnknownReason::Malformed)
    }
}

impl KubeFailure {
    pub(crate) fn unknown(&self) -> Unknown {
        Unknown::new(self.reason, self.text.clone())
    }
}

pub(crate) fn pods(selector: &str) -> String {
    format!("count_pods = {selector:?}")
}

pub(crate) fn nodes(selector: &str) -> String {
    format!("count_nodes = {selector:?}")
}

pub(crate) fn value(name: &str, key: &str) -> String {
    format!("config_map = {name:?}, key = {key:?}")
}
