use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use operator_scaling::spec::ScalingSpec;
use operator_scaling::{Event, Home, Milli, Millis, ResourceTarget, ResourceUsage, State};
use runtime_types::{
    Checked, MetricSpec, MetricType, Naming, Number, Outcome, ParameterError, Reading, Sample,
    Trigger, Unknown, UnknownReason,
};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::port::*;
use crate::*;

/// What a source does when it is asked.
#[derive(Clone)]
pub(super) enum Says {
    Value(i64),
    Down,
    Wrong,
    /// Answers once notified.
    Waits(Arc<Notify>, i64),
    Hangs,
    Panics,
}

#[derive(Default)]
struct Script {
    says: HashMap<String, Says>,
    opened: HashMap<String, u32>,
    closed: HashMap<String, u32>,
    asked: HashMap<String, u32>,
    secret: String,
    /// The target that the present build of the scaler has; 0: the first build's, 5.
    target: i64,
}

/// Sources that say what a test tells them to. The metadata's `source` names one; triggers of
/// type `unknown` are not provided; `secret`, where set, must be known.
#[derive(Clone, Default)]
pub(super) struct Sources(Arc<Mutex<Script>>);

impl Sources {
    pub(super) fn says(&self, source: &str, says: Says) {
        self.0.lock().unwrap().says.insert(source.into(), says);
    }

    pub(super) fn secret(&self, secret: &str) {
        self.0.lock().unwrap().secret = secret.into();
    }

    /// Replaces the scaler by a build with another target.
    pub(super) fn another_build(&self, target: i64) {
        self.0.lock().unwrap().target = target;
    }

    fn target(&self) -> i64 {
        match self.0.lock().unwrap().target {
            0 => 5,
            target => target,
        }
    }

    pub(super) fn opened(&self, source: &str) -> u32 {
        self.0
            .lock()
            .unwrap()
            .opened
            .get(source)
            .copied()
            .unwrap_or(0)
    }

    pub(super) fn open(&self, source: &str) -> u32 {
        let closed = self
            .0
            .lock()
            .unwrap()
            .closed
            .get(source)
            .copied()
            .unwrap_or(0);
        self.opened(source) - closed
    }

    pub(super) fn asked(&self, source: &str) -> u32 {
        self.0
            .lock()
            .unwrap()
            .asked
            .get(source)
            .copied()
            .unwrap_or(0)
    }
}

impl Scalers for Sources {
    fn check<'a>(&'a self, trigger: &'a Trigger) -> BoxFuture<'a, Result<Checked, CheckError>> {
        Box::pin(async move {
            if trigger.trigger_type == "unknown" {
                return Err(CheckError::UnknownType(trigger.trigger_type.clone()));
            }
            let metric = MetricSpec {
                name: trigger.metadata["source"].clone(),
                naming: Naming::Standard,
                target: Number::Whole(self.target()),
                fixed_type: None,
                activation: None,
            };
            Ok(Checked {
                metrics: vec![metric],
                notices: vec![],
            })
        })
    }

    fn open(&self, trigger: Arc<Trigger>) -> Box<dyn OpenTrigger> {
        let source = trigger.metadata["source"].clone();
        *self
            .0
            .lock()
            .unwrap()
            .opened
            .entry(source.clone())
            .or_default() += 1;
        let known = trigger.metadata.get("secret").cloned();
        Box::new(Open {
            sources: self.clone(),
            source,
            known,
            build: String::new(),
        })
    }
}

struct Open {
    sources: Sources,
    source: String,
    known: Option<String>,
    build: String,
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut script = self.sources.0.lock().unwrap();
        *script.closed.entry(self.source.clone()).or_default() += 1;
    }
}

impl OpenTrigger for Open {
    fn poll(&mut self) -> BoxFuture<'_, Outcome> {
        self.build = self.sources.target().to_string();
        Box::pin(async move {
            let (says, secret) = {
                let mut script = self.sources.0.lock().unwrap();
                *script.asked.entry(self.source.clone()).or_default() += 1;
                (script.says[&self.source].clone(), script.secret.clone())
            };
            if self.known.as_ref().is_some_and(|known| *known != secret) {
                let text = "the source does not accept the password";
                return Outcome::Unknown(Unknown::new(UnknownReason::Unauthenticated, text));
            }
            let value = match says {
                Says::Value(value) => value,
                Says::Down => {
                    let text = "connection refused";
                    return Outcome::Unknown(Unknown::new(UnknownReason::Unreachable, text));
                }
                Says::Wrong => {
                    let message = "listLength must be above 0".to_string();
                    let parameter = "listLength".to_string();
                    return Outcome::Config(vec![ParameterError { parameter, message }]);
                }
                Says::Waits(gate, value) => {
                    gate.notified().await;
                    value
                }
                Says::Hangs => std::future::pending().await,
                Says::Panics => panic!("a bug in the scaler's host"),
            };
            let value = Ok(Number::Whole(value));
            let samples = vec![Sample {
                name: self.source.clone(),
                value,
            }];
            Outcome::Reading(Reading {
                samples,
                active: None,
            })
        })
    }

    fn version(&self) -> Option<&str> {
        Some(&self.build)
    }
}

/// A trigger whose metadata a test may change.
pub(super) struct Source(pub(super) Mutex<Trigger>);

impl TriggerSource for Source {
    fn resolve(&self) -> BoxFuture<'_, Result<Trigger, ResolveError>> {
        let trigger = self.0.lock().unwrap().clone();
        Box::pin(async move { Ok(trigger) })
    }
}

pub(super) fn source(trigger_type: &str, index: u32, metadata: &[(&str, &str)]) -> Arc<Source> {
    let metadata = metadata.iter().map(|(k, v)| (k.to_string(), v.to_string()));
    Arc::new(Source(Mutex::new(Trigger {
        trigger_type: trigger_type.into(),
        index,
        metadata: metadata.collect::<BTreeMap<_, _>>(),
        ..Trigger::default()
    })))
}

pub(super) fn trigger(trigger_type: &str, index: u32, source: Arc<Source>) -> TriggerSpec {
    TriggerSpec {
        trigger_type: trigger_type.into(),
        name: String::new(),
        index,
        metric_type: MetricType::AverageValue,
        use_cached_metrics: false,
        kind: TriggerSpecKind::Source(source),
    }
}

/// A target that records what is asked of it and obeys at once.
#[derive(Default)]
pub(super) struct Target {
    replicas: Mutex<u32>,
    asked: Mutex<Vec<u32>>,
    pub(super) refuses: Mutex<bool>,
    pub(super) hangs: Mutex<bool>,
}

impl Target {
    pub(super) fn at(replicas: u32) -> Arc<Self> {
        let target = Self::default();
        *target.replicas.lock().unwrap() = replicas;
        Arc::new(target)
    }

    pub(super) fn asked(&self) -> Vec<u32> {
        self.asked.lock().unwrap().clone()
    }
}

impl ScaleTarget for Target {
    fn replicas(&self) -> BoxFuture<'_, Result<Replicas, TargetError>> {
        let wanted = *self.replicas.lock().unwrap();
        Box::pin(async move {
            Ok(Replicas {
                wanted,
                ready: wanted,
            })
        })
    }

    fn scale(&self, replicas: u32) -> BoxFuture<'_, Result<(), TargetError>> {
        Box::pin(async move {
            if *self.hangs.lock().unwrap() {
                std::future::pending::<()>().await;
            }
            if *self.refuses.lock().unwrap() {
                return Err(TargetError("quota exceeded".into()));
            }
            self.asked.lock().unwrap().push(replicas);
            *self.replicas.lock().unwrap() = replicas;
            Ok(())
        })
    }
}

#[derive(Clone, Default)]
pub(super) struct Store(pub(super) Arc<Mutex<HashMap<String, State>>>);

impl StateStore for Store {
    fn load<'a>(&'a self, uid: &'a str) -> BoxFuture<'a, Result<Option<State>, StoreError>> {
        let state = self.0.lock().unwrap().get(uid).cloned();
        Box::pin(async move { Ok(state) })
    }

    fn save<'a>(&'a self, uid: &'a str, state: &'a State) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.lock().unwrap().insert(uid.into(), state.clone());
        Box::pin(async { Ok(()) })
    }

    fn forget<'a>(&'a self, uid: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.lock().unwrap().remove(uid);
        Box::pin(async { Ok(()) })
    }
}

#[derive(Clone, Default)]
pub(super) struct Events(pub(super) Arc<Mutex<Vec<String>>>);

impl Recorder for Events {
    fn record(&self, _key: &ObjectKey, event: &Event) {
        self.0.lock().unwrap().push(event.reason.clone());
    }
}

/// Tokio's paused time, as a time of day.
struct PausedClock(Instant);

impl Clock for PausedClock {
    fn now(&self) -> Millis {
        let elapsed = u64::try_from(self.0.elapsed().as_millis()).unwrap();
        Millis(1_000_000_000 + elapsed)
    }
}

#[derive(Clone, Default)]
pub(super) struct Owners(pub(super) Arc<Mutex<HashMap<String, String>>>);

impl Owner for Owners {
    fn owner(&self, uid: &str) -> Ownership {
        let peers = self.0.lock().unwrap();
        peers
            .get(uid)
            .map_or(Ownership::Here, |peer| Ownership::Peer(peer.clone()))
    }
}

pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) sources: Sources,
    pub(super) store: Store,
    pub(super) events: Events,
    pub(super) owners: Owners,
    started: Instant,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(Store::default(), Sources::default(), Instant::now())
    }

    /// Another process that finds what this one has stored.
    pub(super) fn restarted(&self) -> Self {
        Self::with(self.store.clone(), self.sources.clone(), self.started)
    }

    fn with(store: Store, sources: Sources, started: Instant) -> Self {
        let (events, owners) = (Events::default(), Owners::default());
        let ports = Ports {
            scalers: Arc::new(sources.clone()),
            clock: Arc::new(PausedClock(started)),
            store: Arc::new(store.clone()),
            owner: Arc::new(owners.clone()),
            recorder: Arc::new(events.clone()),
            observer: Arc::new(NoObserver),
        };
        let config = EngineConfig {
            jitter: 0.0,
            ..EngineConfig::default()
        };
        let engine = Engine::new(ports, config);
        Self {
            engine,
            sources,
            store,
            events,
            owners,
            started,
        }
    }

    pub(super) fn seconds(&self) -> u64 {
        self.started.elapsed().as_secs()
    }

    /// The snapshot of `name` as soon as it is as `wanted`.
    pub(super) async fn until(
        &self,
        name: &str,
        wanted: impl Fn(&Snapshot) -> bool,
    ) -> Arc<Snapshot> {
        let key = ObjectKey::new("shop", name);
        let mut changes = self.engine.changes();
        let found = async {
            loop {
                changes.borrow_and_update();
                match self.engine.snapshot(&key) {
                    Some(snapshot) if wanted(&snapshot) => return snapshot,
                    _ => changes.changed().await.unwrap(),
                }
            }
        };
        let day = Duration::from_secs(86_400);
        match tokio::time::timeout(day, found).await {
            Ok(snapshot) => snapshot,
            Err(_) => panic!("never: {:#?}", self.engine.snapshot(&key)),
        }
    }

    pub(super) async fn polled(&self, name: &str, polls: u64) -> Arc<Snapshot> {
        self.until(name, |s| s.counters.polls >= polls).await
    }
}

/// An object with one trigger of that source, polled each 30 s.
pub(super) fn object(name: &str, from: &str, target: &Arc<Target>) -> ObjectSpec {
    let spec = ScalingSpec {
        max_replicas: Some(10),
        ..ScalingSpec::default()
    };
    ObjectSpec {
        key: ObjectKey::new("shop", name),
        uid: format!("uid-{name}"),
        generation: 1,
        created_at: Millis(1_000_000_000),
        spec,
        triggers: vec![trigger("redis", 0, source("redis", 0, &[("source", from)]))],
        target: target.clone(),
        target_text: format!("process {name}"),
        home: Home::Builtin,
        dry_run: false,
    }
}

pub(super) fn ready(snapshot: &Snapshot) -> String {
    let condition = snapshot.condition(operator_scaling::ConditionKind::Ready);
    condition.map_or("absent".into(), |c| format!("{:?}/{}", c.status, c.reason))
}

/// Twice as busy as a target of 50 % wants.
pub(super) struct Busy;

impl ResourceMeter for Busy {
    fn usage(&self) -> BoxFuture<'_, Result<ResourceUsage, Unknown>> {
        let usage = ResourceUsage {
            total: Milli(2_000),
            requested: Milli(2_000),
            replicas: 2,
        };
        Box::pin(async move { Ok(usage) })
    }
}

pub(super) fn cpu(meter: Option<Arc<dyn ResourceMeter>>) -> TriggerSpec {
    let target = ResourceTarget::Utilization(50);
    TriggerSpec {
        kind: TriggerSpecKind::Resource { target, meter },
        ..trigger("cpu", 0, source("cpu", 0, &[]))
    }
}
