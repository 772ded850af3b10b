use std::collections::BTreeMap;
use std::sync::Arc;

use operator_standalone::run::Standalone;
use tokio_util::sync::CancellationToken;

use crate::view::World;

/// Logs whatever changed of each object, one line a change, until `stop`.
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
    objects: BTreeMap<String, (Option<u32>, String)>,
    findings: Vec<String>,
}

impl Told {
    fn tell(&mut self, world: &World) {
        for finding in world.findings.iter().filter(|f| !self.findings.contains(f)) {
            tracing::warn!(finding, "manifests");
        }
        self.findings.clone_from(&world.findings);
        for object in &world.objects {
            let summary = match (&object.error, object.decisions.last()) {
                (Some(error), _) => error.to_string(),
                (None, Some(decision)) => decision.summary.clone(),
                (None, None) => continue,
            };
            // Values change with every poll; only what came of them is news here.
            let cause = match (&object.error, object.decisions.last()) {
                (None, Some(decision)) => format!("{:?}", decision.decision.cause),
                _ => summary.clone(),
            };
            let news = (object.wanted, cause);
            let key = object.key();
            if self.objects.get(&key) == Some(&news) {
                continue;
            }
            let values: Vec<String> = object
                .triggers
                .iter()
                .flat_map(|trigger| &trigger.metrics)
                .map(|metric| match metric.value {
                    Some(value) => format!("{}={value}/{}", metric.name, metric.target),
                    None => format!("{}=?/{}", metric.name, metric.target),
                })
                .collect();
            let values = values.join(" ");
            let (replicas, wanted) = (object.replicas, object.wanted);
            if object.error.is_some() {
                tracing::error!(object = key, why = summary, "not run");
            } else {
                tracing::info!(
                    object = key,
                    replicas,
                    wanted,
                    values,
                    why = summary,
                    "decision"
                );
            }
            self.objects.insert(key, news);
        }
    }
}
