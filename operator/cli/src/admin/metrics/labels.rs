use operator_engine::{MetricSnapshot, Snapshot, TriggerSnapshot};
use prometheus_client::encoding::EncodeLabelSet;

/// KEDA's labels of a scaler's metric. The odd spelling of `scaledObject` and `triggerIndex` is
/// KEDA's.
#[allow(non_snake_case)]
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ScalerLabels {
    namespace: String,
    metric: String,
    scaledObject: String,
    scaler: String,
    triggerIndex: u32,
    r#type: &'static str,
}

impl ScalerLabels {
    pub(super) fn new(
        object: &Snapshot,
        trigger: &TriggerSnapshot,
        metric: &MetricSnapshot,
    ) -> Self {
        Self {
            namespace: object.key.namespace.clone(),
            metric: metric.name.clone(),
            scaledObject: object.key.name.clone(),
            scaler: scaler(trigger),
            triggerIndex: trigger.index,
            r#type: "scaledobject",
        }
    }
}

/// The trigger's name; without one, KEDA's name of its kind, which for most is the type in camel
/// case and `Scaler` after it.
fn scaler(trigger: &TriggerSnapshot) -> String {
    if !trigger.name.is_empty() {
        return trigger.name.clone();
    }
    let mut words = trigger.trigger_type.split('-');
    let mut label = words.next().unwrap_or_default().to_string();
    for word in words {
        let mut letters = word.chars();
        label.extend(letters.next().map(|l| l.to_ascii_uppercase()));
        label.extend(letters);
    }
    label.push_str("Scaler");
    label
}

/// One object.
#[allow(non_snake_case)]
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ObjectLabels {
    namespace: String,
    scaledObject: String,
}

impl ObjectLabels {
    pub(super) fn new(object: &Snapshot) -> Self {
        Self {
            namespace: object.key.namespace.clone(),
            scaledObject: object.key.name.clone(),
        }
    }
}

/// One object, as KEDA calls it where it may be of several kinds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ResourceLabels {
    namespace: String,
    r#type: &'static str,
    resource: String,
}

impl ResourceLabels {
    pub(super) fn new(object: &Snapshot) -> Self {
        Self {
            namespace: object.key.namespace.clone(),
            r#type: "scaledobject",
            resource: object.key.name.clone(),
        }
    }
}

/// A trigger type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TypeLabels {
    r#type: String,
}

impl TypeLabels {
    pub(super) fn trigger(name: &str) -> Self {
        Self {
            r#type: name.to_string(),
        }
    }
}

/// Objects of a kind in a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct PlainObjectLabels {
    r#type: &'static str,
    namespace: String,
}

impl PlainObjectLabels {
    pub(super) fn scaled_objects(namespace: &str) -> Self {
        Self {
            r#type: "scaled_object",
            namespace: namespace.to_string(),
        }
    }
}

/// This program.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct BuildLabels {
    version: &'static str,
    goos: &'static str,
    goarch: &'static str,
}

impl BuildLabels {
    pub(super) fn of_this_program() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            goos: std::env::consts::OS,
            goarch: std::env::consts::ARCH,
        }
    }
}
