use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use operator_api::{Condition, ConditionStatus};
use operator_engine::Snapshot;

use crate::scaled_object::record::Reconciled;

/// All conditions: those there are, with what is known now laid over them.
pub(super) fn conditions(
    before: &[Condition],
    reconciled: &Reconciled,
    snapshot: Option<&Snapshot>,
    autoscaler: Option<&HorizontalPodAutoscaler>,
) -> Vec<Condition> {
    let mut all = Conditions(before.to_vec());
    for kind in ["Ready", "Active", "Fallback", "Paused"] {
        all.init(kind);
    }
    let decided = snapshot.into_iter().flat_map(|s| s.conditions.values());
    for condition in decided {
        all.set(decided_condition(condition));
    }
    if let Some(error) = &reconciled.error {
        let (unready, unknown) = (ConditionStatus::False, ConditionStatus::Unknown);
        all.set(condition(
            "Ready",
            unready,
            "ScaledObjectCheckFailed",
            error,
        ));
        let text = "ScaledObject check failed";
        all.set(condition("Active", unknown, "UnknownState", text));
    }
    if let Some(health) = autoscaler.and_then(health) {
        all.set(health);
    }
    all.0
}

struct Conditions(Vec<Condition>);

impl Conditions {
    fn init(&mut self, kind: &str) {
        if !self.0.iter().any(|condition| condition.kind == kind) {
            self.0.push(Condition {
                kind: kind.to_string(),
                status: ConditionStatus::Unknown,
                reason: None,
                message: None,
            });
        }
    }

    fn set(&mut self, new: Condition) {
        match self
            .0
            .iter_mut()
            .find(|condition| condition.kind == new.kind)
        {
            Some(condition) => *condition = new,
            None => self.0.push(new),
        }
    }
}

fn condition(kind: &str, status: ConditionStatus, reason: &str, message: &str) -> Condition {
    Condition {
        kind: kind.to_string(),
        status,
        reason: Some(reason.to_string()),
        message: Some(message.to_string()),
    }
}

fn decided_condition(from: &operator_scaling::Condition) -> Condition {
    use operator_scaling::{ConditionKind, ConditionStatus as Status};
    let kind = match from.kind {
        ConditionKind::Ready => "Ready",
        ConditionKind::Active => "Active",
        ConditionKind::Fallback => "Fallback",
        ConditionKind::Paused => "Paused",
    };
    let status = match from.status {
        Status::True => ConditionStatus::True,
        Status::False => ConditionStatus::False,
        Status::Unknown => ConditionStatus::Unknown,
    };
    condition(kind, status, &from.reason, &from.message)
}

/// What the autoscaler says of itself. One that says nothing (yet) leaves the condition as it was.
fn health(autoscaler: &HorizontalPodAutoscaler) -> Option<Condition> {
    let conditions = autoscaler.status.as_ref()?.conditions.as_ref()?;
    let scaling = conditions.iter().find(|c| c.type_ == "ScalingActive")?;
    let reason = scaling.reason.as_deref().unwrap_or_default();
    let message = scaling.message.as_deref().unwrap_or_default();
    let (yes, no) = (ConditionStatus::True, ConditionStatus::False);
    Some(match (scaling.status.as_str(), reason) {
        ("True", _) => condition("HPAActive", yes, "HPAActive", "HPA is actively scaling"),
        (_, "ScalingDisabled") => condition("HPAActive", yes, reason, message),
        _ => {
            let reason = if reason.is_empty() {
                "HPAMetricsUnavailable"
            } else {
                reason
            };
            let text = format!("HPA is not actively scaling: {message}");
            condition("HPAActive", no, reason, &text)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_new_object_has_all_conditions_and_a_failed_check_is_told() {
        let reconciled = Reconciled {
            error: Some("no such target".into()),
            ..Reconciled::default()
        };
        let conditions = conditions(&[], &reconciled, None, None);
        let shown: Vec<_> = conditions
            .iter()
            .map(|c| (c.kind.as_str(), c.status, c.reason.as_deref()))
            .collect();
        let unknown = ConditionStatus::Unknown;
        assert_eq!(
            shown,
            [
                (
                    "Ready",
                    ConditionStatus::False,
                    Some("ScaledObjectCheckFailed")
                ),
                ("Active", unknown, Some("UnknownState")),
                ("Fallback", unknown, None),
                ("Paused", unknown, None),
            ]
        );
    }

    #[test]
    fn the_autoscalers_health_is_a_condition_of_its_own() {
        let of = |status: &str, reason: &str| {
            let autoscaler: HorizontalPodAutoscaler = serde_json::from_value(json!({
                "metadata": {},
                "status": {"desiredReplicas": 1, "conditions": [
                    {"type": "ScalingActive", "status": status, "reason": reason, "message": "m"}]},
            }))
            .unwrap();
            let all = conditions(&[], &Reconciled::default(), None, Some(&autoscaler));
            let last = all.last().unwrap().clone();
            (
                last.kind,
                last.status,
                last.reason.unwrap(),
                last.message.unwrap(),
            )
        };
        let kind = || "HPAActive".to_string();
        let (yes, no) = (ConditionStatus::True, ConditionStatus::False);
        assert_eq!(
            of("True", "ValidMetricFound"),
            (kind(), yes, kind(), "HPA is actively scaling".into())
        );
        assert_eq!(
            of("False", "ScalingDisabled"),
            (kind(), yes, "ScalingDisabled".into(), "m".into())
        );
        let text = "HPA is not actively scaling: m".to_string();
        assert_eq!(
            of("False", ""),
            (kind(), no, "HPAMetricsUnavailable".into(), text)
        );
    }
}
