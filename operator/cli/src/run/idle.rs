use std::collections::BTreeSet;
use std::sync::Arc;

use operator_standalone::run::{Standalone, View};
use tokio_util::sync::CancellationToken;

/// Cancels `stop` once every object has been active and has no replica left, nor one that is being
/// ended.
pub(super) async fn stop_when_idle(standalone: Arc<Standalone>, stop: CancellationToken) {
    let mut engine = standalone.engine().changes();
    let mut files = standalone.changes();
    let mut was_active = BTreeSet::new();
    loop {
        if is_done(&standalone.view(), &mut was_active) {
            tracing::info!("every object has been active and is idle again");
            stop.cancel();
            return;
        }
        let changed = tokio::select! {
            changed = engine.changed() => changed,
            changed = files.changed() => changed,
            () = stop.cancelled() => return,
        };
        if changed.is_err() {
            return;
        }
    }
}

fn is_done(view: &View, was_active: &mut BTreeSet<String>) -> bool {
    let mut done = !view.objects.is_empty();
    for object in &view.objects {
        let key = object.key.to_string();
        let Some(snapshot) = &object.snapshot else {
            return false;
        };
        let active = snapshot.state.active == Some(true);
        if active {
            was_active.insert(key.clone());
        }
        let settled = !active && snapshot.wanted == Some(0) && snapshot.replicas == Some(0);
        done &= settled && was_active.contains(&key);
    }
    let ended =
        |p: &operator_standalone::run::ProcessView| p.status.ready == 0 && p.status.ending == 0;
    done && view.processes.iter().all(ended)
}
