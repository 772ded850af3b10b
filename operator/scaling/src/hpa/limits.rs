use super::{History, Rule};
use crate::Millis;
use crate::spec::{
    Behavior, DEFAULT_DOWN, DEFAULT_PERIOD_SECONDS, DEFAULT_UP, Policy, PolicyKind, Rules,
    SelectPolicy,
};

/// How far a change may go.
pub(super) struct Limits<'a> {
    pub(super) now: Millis,
    pub(super) current: u32,
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) behavior: Option<&'a Behavior>,
}

impl Limits<'_> {
    pub(super) fn apply(&self, history: &History, wanted: u32, rules: &mut Vec<Rule>) -> u32 {
        let mut clamp = |name: &str, before: u32, after: u32, why: String| {
            if after != before {
                rules.push(Rule::new(name, before, after, why));
            }
            after
        };
        let mut replicas = wanted;
        match self.behavior {
            Some(behavior) if wanted > self.current => {
                let rate = self.most(history, &behavior.scale_up);
                replicas = clamp("ScaleUpLimit", wanted, wanted.min(rate), rate_text(rate));
            }
            Some(behavior) if wanted < self.current => {
                let rate = self.least(history, &behavior.scale_down);
                replicas = clamp("ScaleDownLimit", wanted, wanted.max(rate), rate_text(rate));
            }
            Some(_) => {}
            None => {
                let start = history.at_start(self.now, self.current, DEFAULT_PERIOD_SECONDS);
                // Never below what there is: earlier additions are not taken back.
                let rate = saturated((2 * start).max(4)).max(self.current);
                replicas = clamp("ScaleUpLimit", wanted, wanted.min(rate), rate_text(rate));
            }
        }
        let (min, max) = (self.min, self.max);
        let why = format!("{max} is the maximum");
        replicas = clamp("TooManyReplicas", replicas, replicas.min(max), why);
        let why = format!("{min} is the minimum");
        clamp("TooFewReplicas", replicas, replicas.max(min), why)
    }

    fn most(&self, history: &History, rules: &Rules) -> u32 {
        let proposals = rules.policies_or(&DEFAULT_UP).into_iter().map(|policy| {
            let start = history.at_start(self.now, self.current, policy.period_seconds);
            match policy.kind {
                PolicyKind::Pods => start + i64::from(policy.value),
                // Rounded up, or a small target would never grow.
                PolicyKind::Percent => whole(share(start, policy.value.into()).ceil()),
            }
        });
        let limit = match rules.select_policy {
            SelectPolicy::Disabled => return self.current,
            SelectPolicy::Max => proposals.max(),
            SelectPolicy::Min => proposals.min(),
        };
        saturated(limit.unwrap_or(i64::MAX)).max(self.current)
    }

    fn least(&self, history: &History, rules: &Rules) -> u32 {
        let proposals = rules
            .policies_or(&DEFAULT_DOWN)
            .into_iter()
            .map(|policy: Policy| {
                let start = history.at_start(self.now, self.current, policy.period_seconds);
                match policy.kind {
                    PolicyKind::Pods => start - i64::from(policy.value),
                    PolicyKind::Percent => whole(share(start, -i64::from(policy.value)).trunc()),
                }
            });
        let limit = match rules.select_policy {
            SelectPolicy::Disabled => return self.current,
            SelectPolicy::Max => proposals.min(),
            SelectPolicy::Min => proposals.max(),
        };
        saturated(limit.unwrap_or(0)).min(self.current)
    }
}

fn rate_text(rate: u32) -> String {
    format!("the policies allow {rate} now")
}

fn saturated(n: i64) -> u32 {
    u32::try_from(n.max(0)).unwrap_or(u32::MAX)
}

// `as` saturates.
#[allow(clippy::cast_possible_truncation)]
fn whole(x: f64) -> i64 {
    x as i64
}

/// `start` changed by so many percent. In floats, and in this order, as Kubernetes computes it:
/// the last digit decides what rounding makes of it.
#[allow(clippy::cast_precision_loss)]
fn share(start: i64, percent: i64) -> f64 {
    start as f64 * (1.0 + percent as f64 / 100.0)
}
