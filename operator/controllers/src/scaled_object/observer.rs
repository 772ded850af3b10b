use std::sync::Arc;

use operator_engine::port::Observer;
use operator_engine::{ObjectKey, Snapshot};

use crate::work::Work;

/// Sees which snapshots mean work: a poll that found what the poll before found means none.
pub(crate) struct Changes {
    /// Objects whose autoscaler may have to change.
    pub(crate) reconciles: Arc<Work<ObjectKey>>,
    /// Objects whose status may have to change.
    pub(crate) statuses: Arc<Work<ObjectKey>>,
}

impl Observer for Changes {
    fn published(&self, before: &Snapshot, after: &Snapshot) {
        if !same_metrics(before, after) {
            self.reconciles.add(after.key.clone());
        }
        let same = before.conditions == after.conditions
            && before.state.last_active == after.state.last_active
            && before.state.health == after.state.health
            && before.measured_at.is_some() == after.measured_at.is_some()
            && activity(before).eq(activity(after));
        if !same {
            self.statuses.add(after.key.clone());
        }
    }
}

/// Whether an autoscaler would have the same metrics.
fn same_metrics(before: &Snapshot, after: &Snapshot) -> bool {
    let metrics = |snapshot: &Snapshot| {
        let triggers = snapshot.triggers.iter();
        triggers
            .flat_map(|t| {
                t.metrics
                    .iter()
                    .map(|m| (m.name.clone(), m.target, m.metric_type))
            })
            .collect::<Vec<_>>()
    };
    before.triggers.len() == after.triggers.len() && metrics(before) == metrics(after)
}

fn activity(snapshot: &Snapshot) -> impl Iterator<Item = Option<bool>> + '_ {
    let decision = snapshot.decision().into_iter();
    decision.flat_map(|decision| decision.triggers.iter().map(|trigger| trigger.active))
}
