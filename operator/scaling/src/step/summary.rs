use crate::Inputs;
use crate::explanation::{Cause, Explanation, MetricExplanation};

/// One line about a tick.
pub(super) fn of(explanation: &Explanation, inputs: &Inputs) -> String {
    if let Err(error) = &inputs.replicas {
        return format!("nothing is done: the target's replicas cannot be read ({error})");
    }
    let (from, to) = (
        explanation.decision.from.unwrap_or(0),
        explanation.decision.to.unwrap_or(0),
    );
    let activation = explanation.activation.as_ref();
    let cooldown = activation.and_then(|a| a.cooldown_left);
    let why = match explanation.decision.cause {
        Cause::Activated if activation.is_some_and(|a| a.forced) => {
            "activation is forced by annotation".to_string()
        }
        Cause::Activated => match active_text(explanation) {
            text if text.is_empty() => "some trigger is active".to_string(),
            text => text,
        },
        Cause::Deactivated => "nothing has been active for the cooldown".into(),
        Cause::RaisedToMinimum => format!("nothing is active, and {to} is the minimum"),
        Cause::Paused => format!("paused at {to}"),
        Cause::Horizontal => horizontal_text(explanation),
        Cause::Held => held_text(explanation),
        Cause::Unchanged => match (cooldown, activation) {
            (Some(left), _) => {
                format!(
                    "nothing is active, {} s of the cooldown are left",
                    left.as_secs()
                )
            }
            (None, Some(activation)) if explanation.horizontal.is_none() => activation.rule.clone(),
            _ => horizontal_text(explanation),
        },
    };
    if from == to {
        format!("stays at {from}: {why}")
    } else {
        format!("{from} -> {to}: {why}")
    }
}

/// One line about a tick of a paused object.
pub(super) fn paused(explanation: &Explanation) -> String {
    match (explanation.decision.from, explanation.decision.to) {
        (Some(from), Some(to)) if from != to => format!("{from} -> {to}: paused at {to}"),
        (Some(from), _) => format!("stays at {from}: paused"),
        _ => "paused; the target's replicas cannot be read".into(),
    }
}

fn metrics(explanation: &Explanation) -> impl Iterator<Item = &MetricExplanation> {
    explanation.triggers.iter().flat_map(|t| &t.metrics)
}

fn active_text(explanation: &Explanation) -> String {
    if let Some(formula) = &explanation.formula {
        let value = formula.value.map(|v| v.to_string()).unwrap_or_default();
        return format!("the formula gives {value}");
    }
    let active = explanation
        .triggers
        .iter()
        .filter(|t| t.active == Some(true));
    let texts = active
        .flat_map(|t| &t.metrics)
        .map(|m| match (m.value, m.fallback) {
            (Some(value), _) => format!("{} is {value}", m.name),
            (None, Some(_)) => format!("{} falls back", m.name),
            (None, None) => format!("{} is active", m.name),
        });
    texts.collect::<Vec<_>>().join(", ")
}

fn held_text(explanation: &Explanation) -> String {
    if let Some(held) = explanation
        .horizontal
        .as_ref()
        .and_then(|v| v.held.as_ref())
    {
        return held.clone();
    }
    let whole = explanation.triggers.iter().filter_map(|trigger| {
        let failure = trigger.failure.as_ref()?;
        Some(format!("{} ({failure})", trigger.trigger_type))
    });
    let unknown = metrics(explanation)
        .filter(|m| m.fallback.is_none())
        .filter_map(|m| {
            let failure = m.failure.as_ref()?;
            Some(format!("{} ({failure})", m.name))
        });
    let formula = explanation
        .formula
        .iter()
        .filter_map(|f| Some(format!("the formula ({})", f.failure.as_ref()?)));
    let all: Vec<_> = whole.chain(unknown).collect();
    let all = if all.is_empty() {
        formula.collect()
    } else {
        all
    };
    format!(
        "nothing is taken away while this is not known: {}",
        all.join(", ")
    )
}

fn horizontal_text(explanation: &Explanation) -> String {
    let Some(verdict) = &explanation.horizontal else {
        return "there is nothing to decide".into();
    };
    let greatest = verdict.proposals.iter().max_by_key(|p| p.replicas);
    let metric = greatest.map(|p| format!("{} is {}", p.metric, p.why));
    let rules = verdict.rules.iter().filter(|r| r.before != r.after);
    let rules = rules.map(|r| format!("{}: {}", r.name, r.why));
    metric
        .into_iter()
        .chain(rules)
        .collect::<Vec<_>>()
        .join("; ")
}
