use operator_scaling::{Event, Failure, State, Step};

use super::Task;

impl Task {
    /// Carries out the step's action; gives the state to go on with and the replicas wanted.
    pub(super) async fn act(&mut self, step: &Step) -> (State, Option<u32>) {
        let Some(action) = &step.action else {
            return (step.state.clone(), None);
        };
        let (from, to) = (action.from, action.to);
        if self.dry_run() {
            tracing::debug!(from, to, summary = %step.explanation.summary, "would scale");
            return (step.state_if_failed.clone(), Some(to));
        }
        match self.object.target.scale(to).await {
            Ok(()) => {
                tracing::debug!(from, to, summary = %step.explanation.summary, "scaled");
                self.snapshot.counters.scalings += 1;
                self.record(action.on_success.as_slice());
                (step.state.clone(), Some(to))
            }
            Err(error) => {
                tracing::warn!(from, to, %error, "the target cannot be scaled");
                self.fail(Failure::new("TargetNotScaled", error.to_string()));
                self.record(action.on_failure.as_slice());
                (step.state_if_failed.clone(), None)
            }
        }
    }

    pub(super) fn record(&self, events: &[Event]) {
        if self.dry_run() {
            return;
        }
        for event in events {
            self.ports.recorder.record(&self.object.key, event);
        }
    }
}
