use std::sync::Arc;
use std::time::Duration;

use operator_scaling::{
    External, Failure, MetricInput, Millis, Resource, ResourceUsage, TriggerInput, TriggerKind,
};
use runtime_types::{Checked, MetricSpec, Number, Outcome, Reading, Trigger};
use tokio::time::Instant;

use crate::object::{TriggerSpec, TriggerSpecKind};
use crate::port::{CheckError, OpenTrigger, ResourceMeter, Scalers};
use crate::snapshot::{MetricSnapshot, TriggerSnapshot};

/// One trigger of an object, with what is open for it and what it said last.
pub(super) struct Slot {
    spec: TriggerSpec,
    /// The trigger as it was resolved for `open`.
    trigger: Option<Arc<Trigger>>,
    /// Kept when the trigger closes: its metrics are still its metrics, and fallback needs them.
    checked: Option<Checked>,
    open: Option<Box<dyn OpenTrigger>>,
    /// The build of the scaler that was polled last.
    version: Option<String>,
    /// Resolve again before the next asking; what is equal stays open.
    recheck: bool,
    last: Option<Asked>,
}

/// Reason of a use that the cluster's autoscaler measures itself.
const NOT_MEASURED: &str = "NotMeasured";

/// What a trigger said.
struct Asked {
    at: Millis,
    latency: Duration,
    answer: Answer,
}

enum Answer {
    Reading(Reading),
    Resource(Resource),
    Failure(Failure),
    /// The user must change something.
    Config(Failure),
}

impl Answer {
    fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failure(failure) | Self::Config(failure) => Some(failure),
            // Where the cluster measures, nothing is amiss.
            Self::Resource(resource) => {
                let failure = resource.usage.as_ref().err();
                failure.filter(|failure| failure.reason != NOT_MEASURED)
            }
            Self::Reading(_) => None,
        }
    }
}

impl Slot {
    pub(super) fn new(spec: TriggerSpec) -> Self {
        Self {
            spec,
            trigger: None,
            checked: None,
            open: None,
            version: None,
            recheck: true,
            last: None,
        }
    }

    /// Whether an edited object's trigger may be this one.
    pub(super) fn stands_for(&self, spec: &TriggerSpec) -> bool {
        self.spec.index == spec.index
            && self.spec.trigger_type == spec.trigger_type
            && self.spec.name == spec.name
            && self.spec.is_source() == spec.is_source()
    }

    pub(super) fn edited(mut self, spec: TriggerSpec) -> Self {
        self.spec = spec;
        self.recheck = true;
        self
    }

    pub(super) fn close(&mut self) {
        self.open = None;
        self.recheck = true;
    }

    /// Asks the source, or keeps the poll's answer where the user wants that.
    pub(super) async fn ask(&mut self, scalers: &dyn Scalers, now: Millis, polls: bool) {
        if self.keeps_answer(polls) {
            return;
        }
        let (answer, latency) = match &self.spec.kind {
            TriggerSpecKind::Resource { target, meter } => {
                let started = Instant::now();
                let usage = measure(meter.as_deref()).await;
                let name = self.spec.trigger_type.clone();
                let target = *target;
                let answer = Answer::Resource(Resource {
                    name,
                    target,
                    usage,
                });
                (answer, started.elapsed())
            }
            TriggerSpecKind::Source(_) => self.ask_source(scalers).await,
        };
        let at = now;
        self.last = Some(Asked {
            at,
            latency,
            answer,
        });
    }

    /// Whether the last answer stands in a tick that is (not) a poll.
    fn keeps_answer(&self, polls: bool) -> bool {
        !polls && self.spec.use_cached_metrics && self.last.is_some() && !self.recheck
    }

    async fn ask_source(&mut self, scalers: &dyn Scalers) -> (Answer, Duration) {
        let started = Instant::now();
        if let Err(answer) = self.prepare(scalers).await {
            return (answer, started.elapsed());
        }
        let (answer, latency) = self.poll().await;
        self.check_another_build(scalers).await;
        if answer.failure().is_none() {
            return (answer, latency);
        }
        // Perhaps a credential has changed, or a connection is stale: once more, from the start.
        self.close();
        self.trigger = None;
        if let Err(answer) = self.prepare(scalers).await {
            return (answer, started.elapsed());
        }
        let (answer, latency) = self.poll().await;
        if answer.failure().is_some() {
            self.close();
        }
        (answer, latency)
    }

    /// Resolves, checks and opens what is not open.
    async fn prepare(&mut self, scalers: &dyn Scalers) -> Result<(), Answer> {
        let TriggerSpecKind::Source(source) = &self.spec.kind else {
            return Ok(());
        };
        if self.open.is_some() && !self.recheck {
            return Ok(());
        }
        let resolved = source.resolve().await;
        let trigger = resolved.map_err(|error| {
            self.open = None;
            Answer::Failure(Failure::new("Unresolved", error.to_string()))
        })?;
        if self.open.is_some() && self.trigger.as_deref() == Some(&trigger) {
            self.recheck = false;
            return Ok(());
        }
        self.open = None;
        match scalers.check(&trigger).await {
            Ok(checked) => self.checked = Some(checked),
            Err(CheckError::Scaler(unknown)) => return Err(Answer::Failure(unknown.into())),
            Err(CheckError::Config(errors)) => {
                return Err(Answer::Config(Failure::config(&errors)));
            }
            Err(error @ CheckError::UnknownType(_)) => {
                return Err(Answer::Config(Failure::new(
                    "UnknownType",
                    error.to_string(),
                )));
            }
        }
        let trigger = Arc::new(trigger);
        self.open = Some(scalers.open(trigger.clone()));
        self.trigger = Some(trigger);
        self.recheck = false;
        Ok(())
    }

    /// A scaler that was replaced while it ran may have other metrics and targets.
    async fn check_another_build(&mut self, scalers: &dyn Scalers) {
        let polled = self.open.as_ref().and_then(|open| open.version());
        let before = self.version.as_deref();
        if polled.is_none() || polled == before {
            return;
        }
        let replaced = before.is_some();
        self.version = polled.map(ToString::to_string);
        if let (true, Some(trigger)) = (replaced, &self.trigger) {
            // One that refuses the parameters says so when it is polled.
            if let Ok(checked) = scalers.check(trigger).await {
                self.checked = Some(checked);
            }
        }
    }

    async fn poll(&mut self) -> (Answer, Duration) {
        let started = Instant::now();
        let outcome = match &mut self.open {
            Some(open) => open.poll().await,
            None => Outcome::Reading(Reading::default()),
        };
        let answer = match outcome {
            Outcome::Reading(reading) => match whole_failure(&reading) {
                Some(failure) => Answer::Failure(failure),
                None => Answer::Reading(reading),
            },
            Outcome::Unknown(unknown) => Answer::Failure(unknown.into()),
            Outcome::Config(errors) => Answer::Config(Failure::config(&errors)),
        };
        (answer, started.elapsed())
    }

    /// The rhythm that it would have in common with others.
    pub(super) fn pace(&self) -> Option<u64> {
        self.open.as_ref()?.pace()
    }

    /// What went wrong with the last asking.
    pub(super) fn failure(&self) -> Option<&Failure> {
        self.last.as_ref()?.answer.failure()
    }

    /// The same, when the user must change something.
    pub(super) fn config_failure(&self) -> Option<&Failure> {
        match &self.last.as_ref()?.answer {
            Answer::Config(failure) => Some(failure),
            _ => None,
        }
    }

    /// The trigger for a decision in a tick that is (not) a poll and started at `now`.
    pub(super) fn input(&self, now: Millis) -> TriggerInput {
        let kind = match self.last.as_ref().map(|last| &last.answer) {
            Some(Answer::Resource(resource)) => TriggerKind::Resource(resource.clone()),
            Some(Answer::Reading(reading)) => TriggerKind::External(External {
                metrics: self.metrics(|spec, at| sample(reading, spec, at)),
                active: reading.active,
                ..External::default()
            }),
            Some(Answer::Failure(failure) | Answer::Config(failure)) => self.failed(failure),
            None => self.failed(&Failure::new("NotAsked", "the trigger was not asked yet")),
        };
        let mut input = TriggerInput {
            index: self.spec.index,
            name: self.spec.name.clone(),
            trigger_type: self.spec.trigger_type.clone(),
            kind,
        };
        if let TriggerKind::External(external) = &mut input.kind {
            external.cached = self.last.as_ref().is_some_and(|last| last.at < now);
        }
        input
    }

    fn failed(&self, failure: &Failure) -> TriggerKind {
        let metrics = self.metrics(|_, _| Err(failure.clone()));
        let failure = metrics.is_empty().then(|| failure.clone());
        TriggerKind::External(External {
            metrics,
            failure,
            ..External::default()
        })
    }

    fn metrics(
        &self,
        sample: impl Fn(&MetricSpec, usize) -> Result<Number, Failure>,
    ) -> Vec<MetricInput> {
        let specs = self.checked.iter().flat_map(|checked| &checked.metrics);
        let metrics = specs.enumerate().map(|(at, spec)| MetricInput {
            full_name: spec.full_name(self.spec.index),
            target: spec.target,
            metric_type: spec.fixed_type.unwrap_or(self.spec.metric_type),
            activation: spec.activation,
            sample: sample(spec, at),
        });
        metrics.collect()
    }

    pub(super) fn snapshot(&self) -> TriggerSnapshot {
        let input = self.input(Millis::default());
        let (metrics, failure) = match input.kind {
            TriggerKind::External(external) => (external.metrics, external.failure),
            TriggerKind::Resource(_) => (vec![], None),
        };
        let metrics = metrics.into_iter().map(|metric| MetricSnapshot {
            name: metric.full_name,
            value: metric.sample,
            target: metric.target,
            metric_type: metric.metric_type,
            activation: metric.activation,
        });
        TriggerSnapshot {
            index: self.spec.index,
            name: self.spec.name.clone(),
            trigger_type: self.spec.trigger_type.clone(),
            metrics: metrics.collect(),
            failure: failure.or_else(|| self.failure().cloned()),
            notices: self
                .checked
                .iter()
                .flat_map(|c| c.notices.clone())
                .collect(),
            asked_at: self.last.as_ref().map(|last| last.at),
            latency: self.last.as_ref().map(|last| last.latency),
        }
    }
}

async fn measure(meter: Option<&dyn ResourceMeter>) -> Result<ResourceUsage, Failure> {
    match meter {
        Some(meter) => meter.usage().await.map_err(Failure::from),
        None => {
            let text = "the cluster's autoscaler measures it";
            Err(Failure::new(NOT_MEASURED, text))
        }
    }
}

/// A reading of which nothing is known is a failed asking, and is tried again as one.
fn whole_failure(reading: &Reading) -> Option<Failure> {
    let mut failures = reading
        .samples
        .iter()
        .map(|sample| sample.value.as_ref().err());
    let first = failures.next()??;
    failures.all(|f| f.is_some()).then(|| first.clone().into())
}

/// The metric's sample: by name, or by position where the scaler names them otherwise.
fn sample(reading: &Reading, spec: &MetricSpec, at: usize) -> Result<Number, Failure> {
    let named = reading
        .samples
        .iter()
        .find(|sample| sample.name == spec.name);
    let sample = named.or_else(|| reading.samples.get(at));
    match sample {
        Some(sample) => sample.value.clone().map_err(Failure::from),
        None => {
            let text = format!("the scaler gave no value for {}", spec.name);
            Err(Failure::new("Malformed", text))
        }
    }
}
