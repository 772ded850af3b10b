use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use operator_api::{HealthStatus, MetricHealth, ScaledObject, ScaledObjectStatus, TriggerActivity};
use operator_engine::{Snapshot, specification};
use operator_scaling::COMPOSITE_METRIC;
use operator_scaling::spec::FullPause;

use super::conditions::conditions;
use crate::scaled_object::autoscaler::Metrics;
use crate::scaled_object::record::Reconciled;

/// The status as it should be. `before` is what is written now; what nobody knows yet stays. A time
/// of last activity that is less than `exactness` off stays too.
pub(super) fn desired(
    object: &ScaledObject,
    before: &ScaledObjectStatus,
    reconciled: &Reconciled,
    snapshot: Option<&Snapshot>,
    metrics: Option<&Metrics>,
    autoscaler: Option<&HorizontalPodAutoscaler>,
    exactness: Duration,
) -> ScaledObjectStatus {
    let mut status = before.clone();
    status.conditions = conditions(&before.conditions, reconciled, snapshot, autoscaler);
    if let Some((kind, gvkr)) = &reconciled.target {
        status.scale_target_kind = Some(kind.clone());
        status.scale_target_gvkr = Some(gvkr.clone());
    }
    if status.original_replica_count.is_none() {
        status.original_replica_count = reconciled.original_replicas;
    }
    if reconciled.autoscaler.is_some() {
        status.hpa_name.clone_from(&reconciled.autoscaler);
    }
    status.triggers_types = joined(object.spec.triggers.iter().map(|t| t.trigger_type.as_str()));
    let references = object.spec.triggers.iter();
    let references = references.filter_map(|t| Some(t.authentication_ref.as_ref()?.name.as_str()));
    status.authentications_types = joined(references);
    status.paused_replica_count = paused_replicas(object);
    if let Some(metrics) = metrics {
        status.external_metric_names.clone_from(&metrics.external);
        status.resource_metric_names.clone_from(&metrics.resources);
        if metrics.composite {
            status.composite_scaler_name = Some(COMPOSITE_METRIC.into());
        }
    }
    if let Some(snapshot) = snapshot.filter(|snapshot| snapshot.measured_at.is_some()) {
        measured(&mut status, snapshot, exactness);
    }
    status
}

/// What ticks change.
fn measured(status: &mut ScaledObjectStatus, snapshot: &Snapshot, exactness: Duration) {
    let health = snapshot.state.health.iter().map(|(name, health)| {
        let failures = i32::try_from(health.failures).unwrap_or(i32::MAX);
        let health = MetricHealth {
            number_of_failures: Some(failures),
            status: match failures {
                0 => HealthStatus::Happy,
                _ => HealthStatus::Failing,
            },
        };
        (name.clone(), health)
    });
    status.health = health.collect();
    if snapshot.decision().is_some() {
        status.triggers_activity = activity(snapshot);
    }
    if let Some(at) = snapshot.state.last_active
        && let Ok(millis) = i64::try_from(at.0)
        && let Ok(at) = Timestamp::from_millisecond(millis)
    {
        // Statuses have whole seconds.
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        let known = status.last_active_time.as_ref().map(|time| time.0);
        let since = known.map(|known| at.duration_since(known).unsigned_abs());
        if since.is_none_or(|since| since >= exactness) || known > Some(at) {
            status.last_active_time = Some(Time(at));
        }
    }
}

fn activity(snapshot: &Snapshot) -> BTreeMap<String, TriggerActivity> {
    let decision = snapshot.decision();
    let triggers = decision.into_iter().flat_map(|decision| &decision.triggers);
    let metrics = triggers.flat_map(|trigger| {
        let is_active = trigger.active.unwrap_or(false);
        let names = trigger.metrics.iter().map(|metric| metric.name.clone());
        names.map(move |name| (name, TriggerActivity { is_active }))
    });
    metrics.collect()
}

/// How exact the time of last activity is: it is written no more often, since at ten thousand active
/// objects each poll would be a write. Whoever takes over adds as much to the cooldown.
pub(in crate::scaled_object) fn interval(object: &ScaledObject) -> Duration {
    let spec = specification::scaling_spec(object).unwrap_or_default();
    spec.polling_interval.max(spec.cooldown / 10)
}

fn paused_replicas(object: &ScaledObject) -> Option<i32> {
    let annotations = object.metadata.annotations.iter().flatten();
    let annotations = annotations.map(|(k, v)| (k.as_str(), v.as_str()));
    match operator_scaling::spec::Pause::from_annotations(annotations).full {
        Some(FullPause::At(replicas)) => i32::try_from(replicas).ok(),
        _ => None,
    }
}

/// Distinct texts in the order they come, joined by commas.
fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut distinct: Vec<&str> = Vec::new();
    for text in texts {
        if !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    (!distinct.is_empty()).then(|| distinct.join(","))
}
