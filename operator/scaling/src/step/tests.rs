//! Situations, each built by hand and decided once.

mod activation;
mod fallback;
mod horizontal;
mod modifiers;
mod properties;

use std::time::Duration;

use runtime_types::{MetricType, Number};

use crate::spec::{Fallback, FallbackBehavior, ScalingSpec};
use crate::*;

const NOW: Millis = Millis(1_000_000_000);

/// A situation to be decided.
pub(super) struct Case {
    spec: ScalingSpec,
    home: Home,
    state: State,
    inputs: Inputs,
}

/// A poll of a target with `current` replicas, created a day ago, without triggers.
fn at(current: u32) -> Case {
    Case {
        spec: ScalingSpec::default(),
        home: Home::Cluster,
        state: State::default(),
        inputs: Inputs {
            now: NOW,
            created_at: Millis(NOW.0 - 86_400_000),
            tick: Tick::Poll,
            replicas: Ok(Replicas::settled(current)),
            triggers: vec![],
            target: "apps/v1.Deployment shop/worker".into(),
        },
    }
}

fn down() -> Failure {
    Failure::new("Unreachable", "connection refused")
}

fn seconds_ago(seconds: u64) -> Millis {
    Millis(NOW.0 - seconds * 1000)
}

impl Case {
    fn spec(mut self, change: impl FnOnce(&mut ScalingSpec)) -> Self {
        change(&mut self.spec);
        self
    }

    fn tick(mut self, tick: Tick) -> Self {
        self.inputs.tick = tick;
        self
    }

    fn builtin(mut self) -> Self {
        self.home = Home::Builtin;
        self.tick(Tick::Sync)
    }

    /// A trigger named `t<index>` with one metric `s<index>-queue`, target 5 a replica.
    fn trigger(self, sample: Result<i64, Failure>) -> Self {
        self.typed(MetricType::AverageValue, sample)
    }

    fn typed(mut self, metric_type: MetricType, sample: Result<i64, Failure>) -> Self {
        let index = u32::try_from(self.inputs.triggers.len()).unwrap();
        let metric = MetricInput {
            full_name: format!("s{index}-queue"),
            target: Number::Whole(5),
            metric_type,
            activation: None,
            sample: sample.map(Number::Whole),
        };
        self.inputs.triggers.push(TriggerInput {
            index,
            name: format!("t{index}"),
            trigger_type: "redis".into(),
            kind: TriggerKind::External(External {
                metrics: vec![metric],
                ..External::default()
            }),
        });
        self
    }

    fn cpu(mut self) -> Self {
        let usage = ResourceUsage {
            total: Milli(500),
            requested: Milli(1000),
            replicas: 1,
        };
        self.inputs.triggers.push(TriggerInput {
            index: u32::try_from(self.inputs.triggers.len()).unwrap(),
            name: String::new(),
            trigger_type: "cpu".into(),
            kind: TriggerKind::Resource(Resource {
                name: "cpu".into(),
                target: ResourceTarget::Utilization(50),
                usage: Ok(usage),
            }),
        });
        self
    }

    fn fallback(self, threshold: u32, replicas: u32, behavior: FallbackBehavior) -> Self {
        self.spec(|s| {
            s.fallback = Some(Fallback {
                failure_threshold: threshold,
                replicas,
                behavior,
            });
        })
    }

    fn failed_before(mut self, metric: &str, failures: u32) -> Self {
        self.state.health.insert(metric.into(), Health { failures });
        self
    }

    fn last_active(mut self, at: Millis) -> Self {
        self.state.last_active = Some(at);
        self
    }

    fn step(&self) -> Step {
        let names: Vec<_> = self
            .inputs
            .triggers
            .iter()
            .map(|t| t.name.clone())
            .collect();
        let names = names.iter().map(String::as_str);
        let plan = Plan::new(self.spec.clone(), self.home, names).unwrap();
        plan.step(&self.state, &self.inputs)
    }
}

impl Step {
    fn to(&self) -> Option<u32> {
        self.action.as_ref().map(|a| a.to)
    }

    /// `True/ScalerActive` and the like.
    fn condition(&self, kind: ConditionKind) -> String {
        let condition = self.conditions.iter().find(|c| c.kind == kind);
        condition.map_or("absent".into(), |c| format!("{:?}/{}", c.status, c.reason))
    }

    fn ready(&self) -> String {
        self.condition(ConditionKind::Ready)
    }

    fn active(&self) -> String {
        self.condition(ConditionKind::Active)
    }

    fn event(&self, reason: &str) -> Option<&Event> {
        self.events.iter().find(|e| e.reason == reason)
    }
}

fn without_cooldown(spec: &mut ScalingSpec) {
    spec.cooldown = Duration::ZERO;
}
