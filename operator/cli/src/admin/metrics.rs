//! `/metrics`, made of the snapshots when it is asked for. Names and labels are KEDA's where KEDA
//! has them, so that dashboards and alerts go on working; the others begin with `penstock_`.

mod labels;

use std::fmt;
use std::sync::Arc;

use operator_engine::{Counters, Snapshot};
use operator_scaling::{ConditionKind, ConditionStatus};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text::encode};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use labels::{
    BuildLabels, ObjectLabels, PlainObjectLabels, ResourceLabels, ScalerLabels, TypeLabels,
};

/// The page for these objects.
pub(super) fn page(snapshots: Vec<Arc<Snapshot>>) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Snapshots(snapshots)));
    let mut page = String::new();
    encode(&mut page, &registry)?;
    Ok(page)
}

#[derive(Debug)]
struct Snapshots(Vec<Arc<Snapshot>>);

impl Collector for Snapshots {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        build(encoder)?;
        self.scalers(encoder)?;
        self.objects(encoder)?;
        self.registered(encoder)?;
        self.counters(encoder)
    }
}

/// One sample of a family.
fn sample<L: prometheus_client::encoding::EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    family: (&str, &str, MetricType),
    samples: impl IntoIterator<Item = (L, f64)>,
) -> fmt::Result {
    let (name, help, kind) = family;
    let mut family = encoder.encode_descriptor(name, help, None, kind)?;
    for (labels, value) in samples {
        let sample = family.encode_family(&labels)?;
        match kind {
            MetricType::Counter => ConstCounter::new(value).encode(sample)?,
            _ => ConstGauge::new(value).encode(sample)?,
        }
    }
    Ok(())
}

fn build(encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let family = (
        "keda_build_info",
        "Version of the program",
        MetricType::Gauge,
    );
    sample(encoder, family, [(BuildLabels::of_this_program(), 1.0)])
}

impl Snapshots {
    fn scalers(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let metrics = || {
            self.0.iter().flat_map(|object| {
                object.triggers.iter().flat_map(move |trigger| {
                    trigger
                        .metrics
                        .iter()
                        .map(move |metric| (object, trigger, metric))
                })
            })
        };
        sample(
            encoder,
            (
                "keda_scaler_active",
                "Whether the trigger is active",
                MetricType::Gauge,
            ),
            metrics().filter_map(|(object, trigger, metric)| {
                let explained = object.decision()?.triggers.iter();
                let active = explained
                    .filter(|t| t.index == trigger.index)
                    .find_map(|t| t.active)?;
                let labels = ScalerLabels::new(object, trigger, metric);
                Some((labels, f64::from(u8::from(active))))
            }),
        )?;
        sample(
            encoder,
            (
                "keda_scaler_metrics_value",
                "Value of the metric as the source gave it last",
                MetricType::Gauge,
            ),
            metrics().filter_map(|(object, trigger, metric)| {
                let value = metric.value.as_ref().ok()?;
                Some((ScalerLabels::new(object, trigger, metric), value.as_f64()))
            }),
        )?;
        sample(
            encoder,
            (
                "keda_scaler_metrics_latency_seconds",
                "How long the source took to answer last",
                MetricType::Gauge,
            ),
            metrics().filter_map(|(object, trigger, metric)| {
                let latency = trigger.latency?;
                let labels = ScalerLabels::new(object, trigger, metric);
                Some((labels, latency.as_secs_f64()))
            }),
        )
    }

    fn objects(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let per_object = |value: fn(&Snapshot) -> Option<f64>| {
            self.0
                .iter()
                .filter_map(move |object| Some((ObjectLabels::new(object), value(object)?)))
        };
        sample(
            encoder,
            (
                "keda_scaled_object_paused",
                "Whether the object is paused",
                MetricType::Gauge,
            ),
            per_object(|object| Some(truth(object, ConditionKind::Paused))),
        )?;
        sample(
            encoder,
            (
                "keda_internal_scale_loop_latency_seconds",
                "How much later than it was due the last poll started",
                MetricType::Gauge,
            ),
            self.0.iter().filter_map(|object| {
                let late = object.late?.as_secs_f64();
                Some((ResourceLabels::new(object), late))
            }),
        )?;
        sample(
            encoder,
            (
                "penstock_scaled_object_ready",
                "Whether the object can be scaled",
                MetricType::Gauge,
            ),
            per_object(|object| Some(truth(object, ConditionKind::Ready))),
        )?;
        sample(
            encoder,
            (
                "penstock_replicas",
                "Replicas found by the last look",
                MetricType::Gauge,
            ),
            per_object(|object| object.replicas.map(f64::from)),
        )?;
        sample(
            encoder,
            (
                "penstock_replicas_ready",
                "Replicas that ran at the last look",
                MetricType::Gauge,
            ),
            per_object(|object| object.ready.map(f64::from)),
        )?;
        sample(
            encoder,
            (
                "penstock_replicas_wanted",
                "Replicas wanted after the last decision",
                MetricType::Gauge,
            ),
            per_object(|object| object.wanted.map(f64::from)),
        )
    }

    fn registered(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut types = std::collections::BTreeMap::<&str, f64>::new();
        let mut namespaces = std::collections::BTreeMap::<&str, f64>::new();
        for object in &self.0 {
            *namespaces.entry(&object.key.namespace).or_default() += 1.0;
            for trigger in &object.triggers {
                *types.entry(&trigger.trigger_type).or_default() += 1.0;
            }
        }
        // KEDA's names end in `_total` although the values go down again: they are gauges.
        sample(
            encoder,
            (
                "keda_trigger_registered_total",
                "Triggers by type",
                MetricType::Gauge,
            ),
            types
                .into_iter()
                .map(|(of, count)| (TypeLabels::trigger(of), count)),
        )?;
        sample(
            encoder,
            (
                "keda_resource_registered_total",
                "Objects by kind and namespace",
                MetricType::Gauge,
            ),
            namespaces
                .into_iter()
                .map(|(of, count)| (PlainObjectLabels::scaled_objects(of), count)),
        )
    }

    fn counters(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        type Count = fn(&Counters) -> u64;
        // The encoder appends `_total`.
        let families: [(&str, &str, Count); 6] = [
            (
                "keda_scaled_object_errors",
                "Failures of the object's triggers, target and store",
                |c| c.errors,
            ),
            ("penstock_polls", "Polls of the object", |c| c.polls),
            (
                "penstock_refreshes",
                "Looks at the sources between polls",
                |c| c.refreshes,
            ),
            (
                "penstock_polls_missed",
                "Polls that started later than one interval after they were due",
                |c| c.missed,
            ),
            (
                "penstock_scalings",
                "Changes of replicas that were carried out",
                |c| c.scalings,
            ),
            (
                "penstock_task_panics",
                "Times the object's task crashed and was started again",
                |c| c.panics,
            ),
        ];
        for (name, help, count) in families {
            sample(
                encoder,
                (name, help, MetricType::Counter),
                self.0.iter().map(|object| {
                    // A count beyond 2^53 takes longer than the machine lasts.
                    #[allow(clippy::cast_precision_loss)]
                    let value = count(&object.counters) as f64;
                    (ObjectLabels::new(object), value)
                }),
            )?;
        }
        Ok(())
    }
}

fn truth(object: &Snapshot, kind: ConditionKind) -> f64 {
    let holds = object
        .condition(kind)
        .is_some_and(|condition| condition.status == ConditionStatus::True);
    f64::from(u8::from(holds))
}
