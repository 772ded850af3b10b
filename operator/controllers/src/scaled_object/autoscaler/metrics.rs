use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::autoscaling::v2::{
    ContainerResourceMetricSource, ExternalMetricSource, HorizontalPodAutoscaler, MetricIdentifier,
    MetricSpec, MetricTarget, ResourceMetricSource,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use operator_api::{ModifierMetricType, ScaledObject};
use operator_engine::{MetricSnapshot, Snapshot};
use operator_scaling::{COMPOSITE_METRIC, Milli, ResourceTarget, quantity};
use runtime_types::MetricType;

use super::object_name;
use crate::scaled_object::ObjectError;
use crate::scaled_object::resource::{ResourceTrigger, resource};

/// The label by which a question for a metric names its object.
const NAME_LABEL: &str = "scaledobject.keda.sh/name";

/// What an autoscaler scales by, and the names that the status tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::scaled_object) struct Metrics {
    /// The autoscaler's metrics, sorted by type.
    pub(in crate::scaled_object) specs: Vec<MetricSpec>,
    /// All external metrics in the order of the triggers.
    pub(in crate::scaled_object) external: Vec<String>,
    /// Resource metrics of pods.
    pub(in crate::scaled_object) resources: Vec<String>,
    /// A formula's metric takes the place of the external ones.
    pub(in crate::scaled_object) composite: bool,
}

/// The metrics of all triggers. A trigger whose metrics are not known keeps those that `current` has
/// for it: that a source cannot be asked must not make the autoscaler forget it.
pub(in crate::scaled_object) fn metrics(
    object: &ScaledObject,
    snapshot: &Snapshot,
    current: Option<&HorizontalPodAutoscaler>,
) -> Result<Metrics, ObjectError> {
    let mut metrics = Metrics::default();
    let mut names = BTreeSet::new();
    for (index, trigger) in object.spec.triggers.iter().enumerate() {
        if let Some(resource) = resource(index, trigger)? {
            if resource.container.is_none() {
                metrics.resources.push(resource.resource.clone());
            }
            metrics.specs.push(resource_spec(&resource));
            continue;
        }
        let at = u32::try_from(index).unwrap_or(u32::MAX);
        let known = snapshot.triggers.iter().find(|trigger| trigger.index == at);
        let known = known
            .map(|trigger| trigger.metrics.as_slice())
            .unwrap_or_default();
        let specs: Vec<MetricSpec> = match known {
            [] => kept(current, index),
            known => known
                .iter()
                .map(|metric| external_spec(object, metric))
                .collect(),
        };
        for spec in specs {
            let name = external_name(&spec).to_string();
            if !names.insert(name.clone()) {
                return Err(ObjectError::DuplicateMetric {
                    metric: name,
                    object: object_name(object).to_string(),
                });
            }
            metrics.external.push(name);
            metrics.specs.push(spec);
        }
    }
    compose(object, &mut metrics);
    // Stable, so that metrics of one type stay in the order of their triggers.
    metrics.specs.sort_by(|a, b| a.type_.cmp(&b.type_));
    Ok(metrics)
}

/// With a formula its own metric replaces all but the pods' resources.
fn compose(object: &ScaledObject, metrics: &mut Metrics) {
    let Some(modifiers) = object.spec.modifiers() else {
        return;
    };
    let target = modifiers.target.as_deref().unwrap_or_default();
    let Some(target) = target.parse().ok().and_then(Milli::cut).filter(|t| t.0 > 0) else {
        return;
    };
    if metrics.external.is_empty() {
        return;
    }
    let metric_type = match modifiers.metric_type.unwrap_or_default() {
        ModifierMetricType::AverageValue => MetricType::AverageValue,
        ModifierMetricType::Value => MetricType::Value,
    };
    metrics.composite = true;
    metrics.specs.retain(|spec| spec.type_ == "Resource");
    metrics.specs.push(external(
        object,
        COMPOSITE_METRIC,
        metric_type,
        quantity::milli(target),
    ));
}

fn external_spec(object: &ScaledObject, metric: &MetricSnapshot) -> MetricSpec {
    let target = quantity::target(metric.target);
    external(object, &metric.name, metric.metric_type, target)
}

fn external(
    object: &ScaledObject,
    name: &str,
    metric_type: MetricType,
    target: String,
) -> MetricSpec {
    let labels = BTreeMap::from([(NAME_LABEL.to_string(), object_name(object).to_string())]);
    let mut aim = MetricTarget {
        type_: "AverageValue".into(),
        ..MetricTarget::default()
    };
    match metric_type {
        MetricType::AverageValue => aim.average_value = Some(Quantity(target)),
        MetricType::Value => {
            aim.type_ = "Value".into();
            aim.value = Some(Quantity(target));
        }
    }
    MetricSpec {
        type_: "External".into(),
        external: Some(ExternalMetricSource {
            metric: MetricIdentifier {
                name: name.to_string(),
                selector: Some(LabelSelector {
                    match_labels: Some(labels),
                    match_expressions: None,
                }),
            },
            target: aim,
        }),
        ..MetricSpec::default()
    }
}

fn resource_spec(resource: &ResourceTrigger) -> MetricSpec {
    let target = match resource.target {
        ResourceTarget::Utilization(percent) => MetricTarget {
            type_: "Utilization".into(),
            average_utilization: Some(i32::try_from(percent).unwrap_or(i32::MAX)),
            ..MetricTarget::default()
        },
        ResourceTarget::AverageValue(_) => MetricTarget {
            type_: "AverageValue".into(),
            average_value: Some(Quantity(resource.text.clone())),
            ..MetricTarget::default()
        },
    };
    let name = resource.resource.clone();
    match &resource.container {
        Some(container) => MetricSpec {
            type_: "ContainerResource".into(),
            container_resource: Some(ContainerResourceMetricSource {
                container: container.clone(),
                name,
                target,
            }),
            ..MetricSpec::default()
        },
        None => MetricSpec {
            type_: "Resource".into(),
            resource: Some(ResourceMetricSource { name, target }),
            ..MetricSpec::default()
        },
    }
}

fn external_name(spec: &MetricSpec) -> &str {
    spec.external
        .as_ref()
        .map_or("", |external| external.metric.name.as_str())
}

/// What the autoscaler there is has for a trigger.
fn kept(current: Option<&HorizontalPodAutoscaler>, index: usize) -> Vec<MetricSpec> {
    let prefix = format!("s{index}-");
    let specs = current.and_then(|autoscaler| autoscaler.spec.metrics.as_ref());
    let of_trigger = |spec: &&MetricSpec| external_name(spec).starts_with(&prefix);
    specs
        .into_iter()
        .flatten()
        .filter(of_trigger)
        .cloned()
        .collect()
}
