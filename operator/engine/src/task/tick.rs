use futures::future::join_all;
use operator_scaling::{Failure, Inputs, Millis, Plan, Replicas, State, Step, Tick};
use tokio::time::Instant;

use super::Task;
use super::slot::Slot;
use crate::port::Ownership;

impl Task {
    /// One tick: ask, decide, act, publish, store.
    pub(super) async fn tick(&mut self, tick: Tick) {
        if let Ownership::Peer(peer) = self.ports.owner.owner(&self.object.uid) {
            return self.leave_to(peer);
        }
        if self.snapshot.peer.take().is_some() {
            // Ours again: what the peer has stored is newer than what we remember.
            self.load().await;
        }
        let Some(plan) = self.plan.clone() else {
            return;
        };
        let now = self.ports.clock.now();
        let span = tracing::debug_span!("tick", ?tick);
        let paused = plan.spec().pause.full.is_some();
        let asked = {
            let cancel = self.channels.cancel.clone();
            let ask = self.ask(tick, now, paused);
            // What is being asked may hang; the end does not wait for it.
            cancel
                .run_until_cancelled(tracing::Instrument::instrument(ask, span))
                .await
        };
        let Some(replicas) = asked else {
            return;
        };
        if paused {
            self.slots.iter_mut().for_each(Slot::close);
        }
        self.count(tick);
        let inputs = Inputs {
            now,
            created_at: self.object.created_at,
            tick,
            replicas,
            triggers: if paused {
                vec![]
            } else {
                self.slots.iter().map(|s| s.input(now)).collect()
            },
            target: self.object.target_text.clone(),
        };
        let step = plan.step(&self.state, &inputs);
        self.conclude(&plan, &inputs, step).await;
    }

    /// Asks all triggers and the target, side by side.
    async fn ask(&mut self, tick: Tick, now: Millis, paused: bool) -> Result<Replicas, String> {
        let scalers = self.ports.scalers.clone();
        let slots = if paused {
            &mut [][..]
        } else {
            &mut self.slots[..]
        };
        let polls = tick.polls();
        let triggers = join_all(
            slots
                .iter_mut()
                .map(|slot| slot.ask(scalers.as_ref(), now, polls)),
        );
        let target = self.object.target.clone();
        let (_, replicas) = futures::future::join(triggers, target.replicas()).await;
        let replicas = replicas.map_err(|error| error.to_string())?;
        Ok(Replicas {
            wanted: replicas.wanted,
            observed: None,
            ready: Some(replicas.ready),
        })
    }

    fn count(&mut self, tick: Tick) {
        let counters = &mut self.snapshot.counters;
        if tick.polls() {
            counters.polls += 1;
        } else {
            counters.refreshes += 1;
        }
    }

    /// Acts on a step, then tells what came of it.
    async fn conclude(&mut self, plan: &Plan, inputs: &Inputs, step: Step) {
        self.note_failures(inputs);
        for condition in step.conditions.clone() {
            self.snapshot.set_condition(condition);
        }
        let config = self.slots.iter().find_map(Slot::config_failure).cloned();
        if let Some(failure) = config.filter(|_| plan.spec().pause.full.is_none()) {
            self.not_ready(failure.message);
        }
        self.record(&step.events);
        let found = inputs.replicas.as_ref().ok();
        self.snapshot.replicas = found.map(|r| r.wanted);
        self.snapshot.ready = found.and_then(|r| r.ready);
        let (state, wanted) = self.act(&step).await;
        self.remember(state);
        self.snapshot.wanted = wanted.or(self.snapshot.replicas);
        self.snapshot.triggers = self.slots.iter().map(Slot::snapshot).collect();
        self.snapshot.measured_at = Some(inputs.now);
        self.snapshot.metrics = step.metrics;
        tracing::debug!(summary = %step.explanation.summary, "decided");
        // A question is no decision: it would push out of sight what was decided.
        if inputs.tick != Tick::Query {
            self.snapshot.decided(step.explanation);
        }
        let scales = plan.home() == operator_scaling::Home::Builtin
            && plan.spec().pause.full.is_none()
            && self.snapshot.wanted.is_some_and(|n| n > 0);
        let now = Instant::now();
        self.schedule.syncing(scales, now);
        // Of several the first: an object has one rhythm.
        let pace = self.slots.iter().find_map(Slot::pace);
        self.schedule.keep_pace(pace, now);
        // A store that is slow keeps nobody from seeing what was decided.
        self.publish();
        self.save().await;
    }

    fn note_failures(&mut self, inputs: &Inputs) {
        let mut failures: Vec<Failure> = self
            .slots
            .iter()
            .filter_map(|slot| {
                let failure = slot.failure()?;
                let slot = slot.snapshot();
                // An earlier answer was counted earlier.
                (slot.asked_at == Some(inputs.now)).then(|| failure.clone())
            })
            .collect();
        if let Err(error) = &inputs.replicas {
            failures.push(Failure::new("TargetUnreadable", error.clone()));
        }
        for failure in failures {
            tracing::debug!(%failure, "something failed");
            self.snapshot.fail(inputs.now, failure);
        }
    }

    fn remember(&mut self, state: State) {
        self.dirty |= state != self.state;
        self.state = state;
    }

    fn leave_to(&mut self, peer: String) {
        let known = self.snapshot.peer.as_ref() == Some(&peer);
        self.slots.iter_mut().for_each(Slot::close);
        self.snapshot.peer = Some(peer);
        if !known {
            self.publish();
        }
    }
}
