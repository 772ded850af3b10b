use std::fmt::Write;

use operator_scaling::Explanation;
use operator_scaling::explanation::{MetricExplanation, TriggerExplanation};

use super::clock_time;

/// A decision with all that led to it.
pub(crate) fn explanation(decision: &Explanation) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, decision);
    text
}

fn write(to: &mut String, decision: &Explanation) -> std::fmt::Result {
    let count = |n: Option<u32>| n.map_or_else(|| "?".to_string(), |n| n.to_string());
    let (from, of) = (count(decision.decision.from), count(decision.decision.to));
    let cause = format!("{:?}", decision.decision.cause);
    writeln!(to, "{}  {from} -> {of}  {cause}", clock_time(decision.at))?;
    writeln!(to, "  {}", decision.summary)?;
    for trigger in &decision.triggers {
        write_trigger(to, trigger)?;
    }
    if let Some(formula) = &decision.formula {
        let variables: Vec<String> = formula
            .variables
            .iter()
            .map(|(name, value)| match value {
                Some(value) => format!("{name}={value}"),
                None => format!("{name}=nil"),
            })
            .collect();
        let value = match (&formula.value, &formula.failure) {
            (Some(value), _) => value.to_string(),
            (None, Some(failure)) => failure.to_string(),
            (None, None) => "nothing".to_string(),
        };
        writeln!(
            to,
            "  formula {} with {} = {value}",
            formula.text,
            variables.join(", ")
        )?;
    }
    if let Some(activation) = &decision.activation {
        writeln!(to, "  activation: {}", activation.rule)?;
        if let Some(left) = activation.cooldown_left {
            writeln!(to, "    cooldown: {} s left", left.as_secs())?;
        }
    }
    if let Some(horizontal) = &decision.horizontal {
        for proposal in &horizontal.proposals {
            writeln!(to, "  {}: {}", proposal.metric, proposal.why)?;
        }
        for rule in horizontal
            .rules
            .iter()
            .filter(|rule| rule.before != rule.after)
        {
            writeln!(
                to,
                "  {}: {} -> {}, {}",
                rule.name, rule.before, rule.after, rule.why
            )?;
        }
        if let Some(held) = &horizontal.held {
            writeln!(to, "  held: {held}")?;
        }
    }
    Ok(())
}

fn write_trigger(to: &mut String, trigger: &TriggerExplanation) -> std::fmt::Result {
    let name = match trigger.name.is_empty() {
        true => String::new(),
        false => format!(" {:?}", trigger.name),
    };
    let active = match trigger.active {
        Some(true) => "active",
        Some(false) => "not active",
        None => "does not decide activity",
    };
    writeln!(
        to,
        "  trigger {} {}{name}: {active}",
        trigger.index, trigger.trigger_type
    )?;
    if let Some(failure) = &trigger.failure {
        writeln!(to, "    not known: {failure}")?;
    }
    for metric in &trigger.metrics {
        write_metric(to, metric)?;
    }
    Ok(())
}

fn write_metric(to: &mut String, metric: &MetricExplanation) -> std::fmt::Result {
    write!(to, "    {}: ", metric.name)?;
    match (&metric.value, &metric.failure) {
        (Some(value), _) => write!(to, "{value}")?,
        (None, Some(failure)) => write!(to, "not known ({failure})")?,
        (None, None) => write!(to, "not known")?,
    }
    write!(to, ", target {} ({:?})", metric.target, metric.metric_type)?;
    if let Some(activation) = metric.activation {
        write!(to, ", active above {activation}")?;
    }
    if metric.failures > 0 {
        write!(to, ", {} failures in a row", metric.failures)?;
    }
    if let Some(fallback) = &metric.fallback {
        let value = fallback
            .value
            .map_or_else(|| "nil".into(), |v| v.to_string());
        write!(to, ", fallback {:?} = {value}", fallback.behavior)?;
    }
    writeln!(to)
}
