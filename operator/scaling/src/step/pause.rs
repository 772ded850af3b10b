use super::{Action, Step, summary};
use crate::explanation::{Cause, Decision, Explanation};
use crate::hpa::History;
use crate::spec::FullPause;
use crate::{Condition, ConditionKind, ConditionStatus, Event, Inputs, Plan, State};

const PAUSED: &str = "ScaledObject is paused";
const UNPAUSED: &str = "pause annotation removed for ScaledObject";

impl Plan {
    /// Sets the Paused condition when a pause in one direction holds or any pause has ended.
    pub(super) fn note_pause(
        &self,
        state: &mut State,
        conditions: &mut Vec<Condition>,
        events: &mut Vec<Event>,
    ) {
        let paused = self.spec.pause.any();
        if paused || state.paused {
            conditions.push(condition(paused));
        }
        if paused != state.paused {
            events.push(event(paused));
        }
        state.paused = paused;
        state.paused_replicas = None;
    }

    /// A tick of a fully paused object: the triggers are not looked at.
    pub(super) fn paused(&self, full: &FullPause, state: &State, inputs: &Inputs) -> Step {
        let mut next = state.clone();
        let events = if state.paused {
            vec![]
        } else {
            vec![event(true)]
        };
        next.paused = true;
        // The autoscaler goes, and what it remembers goes with it.
        next.history = History::default();
        next.active = None;
        let replicas = inputs.replicas.as_ref().ok().copied();
        let mut ready = Condition {
            message: PAUSED.into(),
            ..Condition::ready()
        };
        let mut to = None;
        let mut fail = |why: String| {
            ready.status = ConditionStatus::False;
            ready.reason = "ScaledObjectCheckFailed".into();
            ready.message = format!("failed to scale target to paused replica count: {why}");
        };
        match (full, &inputs.replicas) {
            (FullPause::AsIs, _) => next.paused_replicas = None,
            (FullPause::Unreadable(text), _) => {
                fail(format!(
                    "paused-replicas must be a number from 0, it is {text:?}"
                ));
            }
            (FullPause::At(_), Err(error)) => fail(error.clone()),
            (FullPause::At(n), Ok(replicas)) => {
                next.paused_replicas = Some(*n);
                // Once: who scales a paused target by hand is let.
                let done = state.paused && state.paused_replicas == Some(*n);
                to = Some(*n).filter(|n| *n != replicas.wanted && !done);
            }
        }
        let from = replicas.map(|r| r.wanted);
        let action = from.zip(to).map(|(from, to)| Action {
            from,
            to,
            cause: Cause::Paused,
            on_success: None,
            on_failure: None,
        });
        let cause = action.as_ref().map_or(Cause::Unchanged, |a| a.cause);
        let mut explanation = Explanation {
            at: inputs.now,
            tick: inputs.tick,
            replicas,
            triggers: vec![],
            formula: None,
            activation: None,
            horizontal: None,
            decision: Decision {
                from,
                to: to.or(from),
                cause,
            },
            summary: String::new(),
        };
        explanation.summary = summary::paused(&explanation);
        let mut refused = next.clone();
        if action.is_some() {
            refused.paused_replicas = None;
        }
        Step {
            state_if_failed: refused,
            state: next,
            action,
            conditions: vec![ready, condition(true)],
            events,
            metrics: vec![],
            explanation,
        }
    }
}

fn condition(paused: bool) -> Condition {
    let (status, reason, text) = if paused {
        (ConditionStatus::True, "ScaledObjectPaused", PAUSED)
    } else {
        (ConditionStatus::False, "ScaledObjectUnpaused", UNPAUSED)
    };
    Condition::new(ConditionKind::Paused, status, reason, text)
}

fn event(paused: bool) -> Event {
    if paused {
        Event::normal("ScaledObjectPaused", PAUSED)
    } else {
        Event::normal("ScaledObjectUnpaused", UNPAUSED)
    }
}
