//! The reader over a real engine, whose event source the test scripts.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use operator_engine::port::{
    CheckError, LogRecorder, NoObserver, OpenTrigger, OwnsAll, Replicas, ResolveError, ScaleTarget,
    Scalers, StateStore, StoreError, SystemClock, TargetError, TriggerSource,
};
use operator_engine::{
    Engine, EngineConfig, ObjectKey, ObjectSpec, Ports, TriggerSpec, TriggerSpecKind,
};
use operator_metrics_api::{EngineReader, MetricReader};
use operator_scaling::spec::ScalingSpec;
use operator_scaling::{Home, Millis, State};
use runtime_types::{
    Checked, MetricSpec, MetricType, Naming, Number, Outcome, ParameterError, Reading, Sample,
    Trigger, Unknown, UnknownReason,
};

/// What the source says: a number, or that it is down. Parameters may be wrong instead.
#[derive(Clone, Default)]
struct Source(Arc<Mutex<Option<f64>>>, bool);

impl Scalers for Source {
    fn check<'a>(&'a self, _: &'a Trigger) -> BoxFuture<'a, Result<Checked, CheckError>> {
        if self.1 {
            let parameter = "listLength".to_string();
            let message = "listLength must be above 0".to_string();
            let error = ParameterError { parameter, message };
            return Box::pin(async { Err(CheckError::Config(vec![error])) });
        }
        let metric = MetricSpec {
            name: "redis-List".into(),
            naming: Naming::Standard,
            target: Number::Whole(5),
            fixed_type: None,
            activation: None,
        };
        let checked = Checked {
            metrics: vec![metric],
            notices: vec![],
        };
        Box::pin(async { Ok(checked) })
    }

    fn open(&self, _: Arc<Trigger>) -> Box<dyn OpenTrigger> {
        Box::new(self.clone())
    }
}

impl OpenTrigger for Source {
    fn poll(&mut self) -> BoxFuture<'_, Outcome> {
        let says = *self.0.lock().unwrap();
        Box::pin(async move {
            let Some(value) = says else {
                let text = "connection refused";
                return Outcome::Unknown(Unknown::new(UnknownReason::Unreachable, text));
            };
            Outcome::Reading(Reading {
                samples: vec![Sample {
                    name: "redis-List".into(),
                    value: Ok(Number::Real(value)),
                }],
                active: None,
            })
        })
    }
}

impl TriggerSource for Source {
    fn resolve(&self) -> BoxFuture<'_, Result<Trigger, ResolveError>> {
        Box::pin(async { Ok(Trigger::default()) })
    }
}

struct Nothing;

impl ScaleTarget for Nothing {
    fn replicas(&self) -> BoxFuture<'_, Result<Replicas, TargetError>> {
        Box::pin(async { Ok(Replicas::default()) })
    }

    fn scale(&self, _: u32) -> BoxFuture<'_, Result<(), TargetError>> {
        Box::pin(async { Ok(()) })
    }
}

impl StateStore for Nothing {
    fn load<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<State>, StoreError>> {
        Box::pin(async { Ok(None) })
    }

    fn save<'a>(&'a self, _: &'a str, _: &'a State) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn forget<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
}

fn reader(source: &Source) -> EngineReader {
    let ports = Ports {
        observer: Arc::new(NoObserver),
        scalers: Arc::new(source.clone()),
        clock: Arc::new(SystemClock),
        store: Arc::new(Nothing),
        owner: Arc::new(OwnsAll),
        recorder: Arc::new(LogRecorder),
    };
    let engine = Engine::new(ports, EngineConfig::default());
    engine.apply(ObjectSpec {
        key: ObjectKey::new("shop", "worker"),
        uid: "1".into(),
        generation: 1,
        created_at: Millis(0),
        spec: ScalingSpec {
            // Nothing read is fresh enough to be told twice.
            polling_interval: Duration::from_millis(1),
            ..ScalingSpec::default()
        },
        triggers: vec![TriggerSpec {
            trigger_type: "redis".into(),
            name: String::new(),
            index: 0,
            metric_type: MetricType::AverageValue,
            use_cached_metrics: false,
            kind: TriggerSpecKind::Source(Arc::new(source.clone())),
        }],
        target: Arc::new(Nothing),
        target_text: "worker".into(),
        home: Home::Cluster,
        dry_run: false,
    });
    EngineReader {
        engine: Arc::new(engine),
    }
}

#[tokio::test]
async fn the_engines_value_is_told_as_a_quantity_with_its_time() {
    let source = Source(Arc::new(Mutex::new(Some(1.5))), false);
    let reader = reader(&source);
    let items = reader
        .read("shop", "worker", "S0-REDIS-LIST")
        .await
        .unwrap();
    let told: Vec<_> = items
        .iter()
        .map(|i| (i.name.as_str(), i.value.as_str()))
        .collect();
    assert_eq!(told, [("s0-redis-List", "1.500")]);
    assert!(items[0].measured_at > 1_700_000_000_000);
}

#[tokio::test]
async fn a_source_that_is_down_has_no_value() {
    let reader = reader(&Source::default());
    let error = reader
        .read("shop", "worker", "s0-redis-list")
        .await
        .unwrap_err();
    assert_eq!(error.reason(), "Unknown");
    let text = error.to_string();
    assert!(
        text.starts_with("metric:s0-redis-list encountered error: "),
        "{text}"
    );
    assert!(text.contains("connection refused"), "{text}");
}

#[tokio::test]
async fn an_object_that_is_not_known_has_no_metrics() {
    let reader = reader(&Source::default());
    let error = reader
        .read("shop", "other", "s0-redis-list")
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "error getting scalers no object shop/other is known"
    );
}

#[tokio::test]
async fn a_trigger_that_is_wrong_says_so_where_its_metric_is_asked_for() {
    let reader = reader(&Source(Arc::default(), true));
    let error = reader
        .read("shop", "worker", "s0-redis-list")
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(text.contains("listLength must be above 0"), "{text}");
    let other = reader
        .read("shop", "worker", "s1-redis-list")
        .await
        .unwrap_err();
    assert_eq!(other.reason(), "NoMetric");
}
