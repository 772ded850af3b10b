//! Scaling 1..n as kube-controller-manager's horizontal pod autoscaler does it, for the home
//! that has no such autoscaler.
//!
//! The same: targets and tolerance, the greatest of several proposals, a missing metric blocks
//! removal, stabilisation windows, policies over the history of changes, bounds; without a
//! `behavior` the older limits (at most doubling, at least to 4). One thing is generalised: those
//! older limits count over the last 15 s, Kubernetes' sync period, because syncs here may be more
//! frequent.

mod history;
mod limits;
mod proposal;

use std::time::Duration;

pub use history::{Change, History, Recommendation};
pub use proposal::{HorizontalMetric, HorizontalTarget, HorizontalValue, Proposal};
use serde::{Deserialize, Serialize};

use crate::spec::Behavior;
use crate::{Millis, Replicas};
use limits::Limits;

/// What is to be decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Horizontal<'a> {
    /// When.
    pub now: Millis,
    /// The replicas as they are; `wanted` is above 0.
    pub replicas: Replicas,
    /// The least number of replicas, at least 1.
    pub min: u32,
    /// The greatest number of replicas.
    pub max: u32,
    /// The user's rules.
    pub behavior: Option<&'a Behavior>,
    /// The metrics with their targets.
    pub metrics: &'a [HorizontalMetric],
}

/// How 1..n was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The replicas to have.
    pub replicas: u32,
    /// What each metric alone would have.
    pub proposals: Vec<Proposal>,
    /// What each rule made of it, in order; rules that changed nothing included.
    pub rules: Vec<Rule>,
    /// Why nothing was changed although something might have been.
    pub held: Option<String>,
}

/// What one rule made of a number of replicas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Kubernetes' word, such as `ScaleUpStabilized`, `ScaleUpLimit`, `TooManyReplicas`.
    pub name: String,
    /// Before it.
    pub before: u32,
    /// After it.
    pub after: u32,
    /// Why, for people.
    pub why: String,
}

impl Rule {
    fn new(name: &str, before: u32, after: u32, why: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            before,
            after,
            why: why.into(),
        }
    }
}

impl Horizontal<'_> {
    /// Decides, and remembers the recommendation in `history`. A change that is then made is to
    /// be recorded with [`History::changed`].
    pub fn decide(&self, history: &mut History) -> Verdict {
        let current = self.replicas.wanted;
        history.begin(self.now, current, self.longest_window());
        if current > self.max {
            return self.out_of_bounds("TooManyReplicas", self.max, "above the maximum");
        }
        if current < self.min {
            return self.out_of_bounds("TooFewReplicas", self.min, "below the minimum");
        }
        let tolerance = self
            .behavior
            .map_or_else(Default::default, |b| proposal::Tolerance {
                up: b.scale_up.tolerance(),
                down: b.scale_down.tolerance(),
            });
        let proposals: Vec<_> = self
            .metrics
            .iter()
            .map(|metric| metric.propose(self.replicas, tolerance))
            .collect();
        let missing: Vec<_> = proposals.iter().filter(|p| p.replicas.is_none()).collect();
        let greatest = proposals.iter().filter_map(|p| p.replicas).max();
        let held = match greatest {
            None if proposals.is_empty() => Some("there is no metric".to_string()),
            None => Some(format!("no metric is known: {}", names(&missing))),
            Some(n) if n < current && !missing.is_empty() => Some(format!(
                "{n} would do, but nothing is taken away while {} is not known",
                names(&missing)
            )),
            Some(_) => None,
        };
        let wanted = greatest.unwrap_or(current);
        if held.is_some() {
            let rules = vec![];
            return Verdict {
                replicas: current,
                proposals,
                rules,
                held,
            };
        }
        let mut rules = Vec::new();
        let replicas = self.normalise(history, wanted, &mut rules);
        Verdict {
            replicas,
            proposals,
            rules,
            held: None,
        }
    }

    fn out_of_bounds(&self, name: &str, to: u32, why: &str) -> Verdict {
        let current = self.replicas.wanted;
        Verdict {
            replicas: to,
            proposals: vec![],
            rules: vec![Rule::new(
                name,
                current,
                to,
                format!("{current} is {why} of {to}"),
            )],
            held: None,
        }
    }

    fn normalise(&self, history: &mut History, wanted: u32, rules: &mut Vec<Rule>) -> u32 {
        let current = self.replicas.wanted;
        let (up, down) = self.windows();
        let stable = if self.behavior.is_some() {
            history.stabilise(self.now, current, wanted, up, down)
        } else {
            history.highest(self.now, wanted, down)
        };
        let (name, why) = match stable.cmp(&wanted) {
            std::cmp::Ordering::Less => (
                "ScaleUpStabilized",
                format!("the lowest recommendation of {} s", up.as_secs()),
            ),
            std::cmp::Ordering::Greater => (
                "ScaleDownStabilized",
                format!("the highest recommendation of {} s", down.as_secs()),
            ),
            std::cmp::Ordering::Equal => {
                ("ReadyForNewScale", "nothing newer speaks against it".into())
            }
        };
        rules.push(Rule::new(name, wanted, stable, why));
        history.recommended(self.now, wanted);
        Limits {
            now: self.now,
            current,
            min: self.min,
            max: self.max,
            behavior: self.behavior,
        }
        .apply(history, stable, rules)
    }

    fn windows(&self) -> (Duration, Duration) {
        let default = crate::spec::DEFAULT_DOWN_WINDOW;
        match self.behavior {
            Some(b) => (
                b.scale_up.window(Duration::ZERO),
                b.scale_down.window(default),
            ),
            None => (Duration::ZERO, default),
        }
    }

    fn longest_window(&self) -> Duration {
        let (up, down) = self.windows();
        up.max(down)
    }
}

fn names(proposals: &[&Proposal]) -> String {
    let texts: Vec<_> = proposals
        .iter()
        .map(|p| format!("{} ({})", p.metric, p.why))
        .collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests;
