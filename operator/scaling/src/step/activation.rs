use super::composite::Composed;
use super::readings::Readings;
use super::{Action, COMPOSITE_METRIC};
use crate::explanation::{ActivationExplanation, Cause};
use crate::{Condition, ConditionKind, ConditionStatus, Event, Inputs, Plan, State};

/// What the triggers say about activity.
pub(super) struct Activity {
    active: bool,
    error: bool,
    metrics: Vec<String>,
}

/// What a poll decides.
pub(super) struct Outcome {
    pub(super) ready: Condition,
    pub(super) active: Option<Condition>,
    pub(super) action: Option<Action>,
    pub(super) explanation: Option<ActivationExplanation>,
}

impl Plan {
    pub(super) fn activity(
        &self,
        readings: &Readings<'_>,
        composed: Option<&Composed>,
    ) -> Activity {
        let mut error = readings.error();
        let external = readings.triggers.iter().filter(|t| t.external.is_some());
        if external.clone().next().is_none() {
            // Cpu and memory alone can never wake a target up, so they keep it awake.
            return Activity {
                active: !error,
                error,
                metrics: vec![],
            };
        }
        if let (Some(composite), Some(composed)) = (&self.composite, composed) {
            // A formula that cannot be computed says nothing, as a failing source does.
            error |= composed.value.is_err();
            let active = !error
                && composed
                    .value
                    .as_ref()
                    .is_ok_and(|v| v.as_f64() > composite.activation);
            let metrics = active.then(|| COMPOSITE_METRIC.to_string());
            return Activity {
                active,
                error,
                metrics: metrics.into_iter().collect(),
            };
        }
        let metrics: Vec<_> = external
            .clone()
            .filter(|t| t.active)
            .flat_map(|t| t.metrics.iter().map(|m| m.input.full_name.clone()))
            .collect();
        let active = external.clone().any(|t| t.active);
        Activity {
            active,
            error,
            metrics,
        }
    }

    /// KEDA's decision table, row by row.
    pub(super) fn activate(
        &self,
        state: &mut State,
        inputs: &Inputs,
        activity: Activity,
    ) -> Outcome {
        let current = match &inputs.replicas {
            Ok(replicas) => replicas.wanted,
            Err(error) => {
                let text = format!("Error getting current replicas count for ScaleTarget: {error}");
                let ready = ready(ConditionStatus::False, "ErrorGettingCurrentReplicas", text);
                return Outcome {
                    ready,
                    active: None,
                    action: None,
                    explanation: None,
                };
            }
        };
        let forced = self.spec.pause.force_activation;
        let mut row = Row {
            plan: self,
            inputs,
            current,
            ready: Condition::ready(),
            action: None,
            explanation: ActivationExplanation {
                active: activity.active || forced,
                forced,
                error: activity.error,
                active_metrics: activity.metrics,
                cooldown_left: None,
                rule: String::new(),
            },
            cooling: false,
        };
        if row.explanation.active {
            row.active(state);
        } else {
            row.inactive(state);
        }
        state.active = Some(row.explanation.active);
        Outcome {
            active: Some(row.active_condition()),
            ready: row.ready,
            action: row.action,
            explanation: Some(row.explanation),
        }
    }
}

/// The table while it is being read.
struct Row<'a> {
    plan: &'a Plan,
    inputs: &'a Inputs,
    current: u32,
    ready: Condition,
    action: Option<Action>,
    explanation: ActivationExplanation,
    cooling: bool,
}

impl Row<'_> {
    fn active(&mut self, state: &mut State) {
        let spec = &self.plan.spec;
        let below = spec.idle_replicas.is_some() && self.current < spec.min_replicas.unwrap_or(0);
        if below || self.current == 0 {
            self.wake(state);
        } else if self.explanation.error {
            let text = "Some triggers defined in ScaledObject are not working correctly";
            self.ready = ready(ConditionStatus::Unknown, "PartialTriggerError", text);
            self.rule("active, although some triggers fail");
        } else {
            state.last_active = Some(self.inputs.now);
            self.rule("active");
        }
    }

    fn inactive(&mut self, state: &State) {
        let spec = &self.plan.spec;
        let error = self.explanation.error;
        let min = spec.min_replicas.unwrap_or(0);
        match spec.fallback {
            Some(fallback) if error && fallback.replicas != 0 => {
                return self.rule("some triggers fail: nothing is done before the fallback counts");
            }
            None if error => {
                let text = "Triggers defined in ScaledObject are not working correctly";
                self.ready = ready(ConditionStatus::False, "TriggerError", text);
                return self.rule("some triggers fail and there is no fallback: nothing is done");
            }
            _ => {}
        }
        if spec.idle_replicas.is_some_and(|idle| self.current > idle)
            || (self.current > 0 && min == 0)
        {
            self.sleep(state);
        } else if spec.idle_replicas.is_none() && self.current < min {
            self.rule("inactive, but below the minimum");
            self.act(min, Cause::RaisedToMinimum, None, None);
        } else {
            self.rule("inactive, and as low as it goes");
        }
    }

    /// From zero or idle.
    fn wake(&mut self, state: &mut State) {
        if self.plan.spec.pause.scale_out {
            return self.rule("active, but scaling out is paused");
        }
        self.rule("active: woken up");
        let (from, to) = (self.current, self.plan.spec.horizontal_min());
        let change = format!("{} from {from} to {to}", self.inputs.target);
        let by = if self.explanation.forced {
            "caused by forced activation annotation".to_string()
        } else {
            format!("triggered by {}", self.explanation.active_metrics.join(";"))
        };
        let done = Event::normal("KEDAScaleTargetActivated", format!("Scaled {change}, {by}"));
        let text = format!("Failed to scale {change}");
        let failed = Event::warning("KEDAScaleTargetActivationFailed", text);
        state.last_active = Some(self.inputs.now);
        self.act(to, Cause::Activated, Some(done), Some(failed));
    }

    /// To zero or idle, once the cooldown is over.
    fn sleep(&mut self, state: &State) {
        let spec = &self.plan.spec;
        if spec.pause.scale_in {
            return self.rule("inactive, but scaling in is paused");
        }
        let (since, cooldown) = match state.last_active {
            Some(at) => (at, spec.cooldown),
            None => (self.inputs.created_at, spec.initial_cooldown),
        };
        let over = since.plus(cooldown);
        if over >= self.inputs.now {
            self.cooling = true;
            self.explanation.cooldown_left = Some(over.since(self.inputs.now));
            return self.rule("inactive, cooling down");
        }
        self.rule("inactive for longer than the cooldown: put to sleep");
        let from = self.current;
        let to = spec.idle_replicas.or(spec.min_replicas).unwrap_or(0);
        let change = format!("{} from {from} to {to}", self.inputs.target);
        let text = format!("Deactivated {change}");
        let done = Event::normal("KEDAScaleTargetDeactivated", text);
        let text = format!("Failed to deactivate {change}");
        let failed = Event::warning("KEDAScaleTargetDeactivationFailed", text);
        self.act(to, Cause::Deactivated, Some(done), Some(failed));
    }

    fn act(&mut self, to: u32, cause: Cause, done: Option<Event>, failed: Option<Event>) {
        self.action = Some(Action {
            from: self.current,
            to,
            cause,
            on_success: done,
            on_failure: failed,
        });
    }

    fn rule(&mut self, rule: &str) {
        self.explanation.rule = rule.into();
    }

    fn active_condition(&self) -> Condition {
        let (status, reason, message) = if self.explanation.forced {
            let text = "Scaling is performed because activation is being forced by annotation";
            (ConditionStatus::True, "ScalerActive", text)
        } else if self.explanation.active {
            let text = "Scaling is performed because triggers are active";
            (ConditionStatus::True, "ScalerActive", text)
        } else if self.cooling {
            let text = "Scaler cooling down because triggers are not active";
            (ConditionStatus::False, "ScalerCooldown", text)
        } else {
            let text = "Scaling is not performed because triggers are not active";
            (ConditionStatus::False, "ScalerNotActive", text)
        };
        Condition::new(ConditionKind::Active, status, reason, message)
    }
}

fn ready(status: ConditionStatus, reason: &str, text: impl Into<String>) -> Condition {
    Condition::new(ConditionKind::Ready, status, reason, text)
}
