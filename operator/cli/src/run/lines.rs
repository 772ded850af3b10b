use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use operator_scaling::explanation::Cause;
use operator_standalone::run::Standalone;
use tokio_util::sync::CancellationToken;

use crate::text;
use crate::view::{ObjectView, World};

/// Logs what came of each object, one line a change, until `stop`. What is wrong with the files is
/// logged where they are read.
pub(super) async fn show(standalone: Arc<Standalone>, stop: CancellationToken) {
    let mut engine = standalone.engine().changes();
    let mut files = standalone.changes();
    let mut told = Told::default();
    loop {
        told.tell(&World::from(standalone.view()));
        let changed = tokio::select! {
            changed = engine.changed() => changed,
            changed = files.changed() => changed,
            () = stop.cancelled() => break,
        };
        if changed.is_err() {
            break;
        }
    }
    told.tell(&World::from(standalone.view()));
}

/// What was told already.
#[derive(Default)]
struct Told {
    objects: BTreeMap<String, News>,
    notices: BTreeSet<String>,
}

/// Values change with every poll; only what comes of them is news.
#[derive(PartialEq, Eq)]
struct News {
    wanted: Option<u32>,
    held: bool,
    paused: bool,
}

impl Told {
    fn tell(&mut self, world: &World) {
        let objects = world.objects.iter();
        let notices = objects.flat_map(ObjectView::remarks_of_scalers).collect();
        for notice in BTreeSet::difference(&notices, &self.notices) {
            tracing::warn!(notice, "trigger");
        }
        self.notices = notices;
        for object in &world.objects {
            self.tell_decision(object);
        }
    }

    fn tell_decision(&mut self, object: &ObjectView) {
        let (None, Some(last)) = (&object.error, object.decisions.last()) else {
            return;
        };
        let (wanted, cause) = (object.wanted, last.decision.cause);
        let news = News {
            wanted,
            held: cause == Cause::Held,
            paused: cause == Cause::Paused,
        };
        let key = object.key();
        if self.objects.get(&key) == Some(&news) {
            return;
        }
        let metrics = object.triggers.iter().flat_map(|trigger| &trigger.metrics);
        let values: Vec<String> = metrics
            .map(|metric| format!("{}={}", metric.name, text::value_of_target(metric)))
            .collect();
        tracing::info!(
            object = key,
            replicas = object.replicas,
            wanted,
            values = values.join(" "),
            why = last.summary,
            dry_run = object.dry_run.then_some(true),
            "decision"
        );
        self.objects.insert(key, news);
    }
}
