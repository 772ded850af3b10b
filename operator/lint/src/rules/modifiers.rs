//! `advanced.scalingModifiers`, and what a fallback makes of them.

use operator_api::manifest::Surveyed;
use operator_api::{FallbackBehavior, ScaledObject};
use operator_scaling::formula::{Formula, FormulaError};

use super::resources::is_resource;
use crate::finding::{Findings, Said};

const PATH: &str = "spec.advanced.scalingModifiers";

pub(super) fn check(item: &Surveyed, object: &ScaledObject, findings: &mut Findings) {
    let Some(modifiers) = object.spec.modifiers() else {
        return;
    };
    if !item.is_sound(&[PATH, "spec.fallback"]) {
        return;
    }
    let named = |at| item.is_sound(&[&format!("spec.triggers[{at}].name")]);
    if !(0..object.spec.triggers.len()).all(named) {
        return;
    }
    let external = || object.spec.triggers.iter().filter(|t| !is_resource(t));
    let activation = modifiers.activation_target.as_deref().unwrap_or_default();
    if !activation.is_empty()
        && activation
            .parse::<f64>()
            .ok()
            .is_none_or(|x| !x.is_finite())
    {
        let message = format!("activationTarget `{activation}` must be a number");
        let said = Said::error(
            "IncorrectModifiers",
            message,
            "write a number in quotes, such as \"2\"",
        );
        findings.say(item, format!("{PATH}.activationTarget"), said);
    }
    let target = modifiers.target.as_deref().unwrap_or_default();
    if let Some(fallback) = &object.spec.fallback
        && fallback.behavior != FallbackBehavior::ScalingModifiers
        && target.parse::<f64>().is_ok_and(|x| x > 0.0)
        && target.parse::<i64>().is_err()
    {
        let message = format!(
            "with scalingModifiers a fallback counts only if their target is a whole number; {target} is none"
        );
        let fix = "write a whole number as scalingModifiers.target";
        findings.say(
            item,
            "spec.fallback",
            Said::warning("FallbackIgnored", message, fix),
        );
    }
    let Some(formula) = modifiers.formula.as_deref().filter(|text| !text.is_empty()) else {
        return;
    };
    let names: Vec<&str> = external().map(|t| t.name.as_str()).collect();
    if let Err(error) = Formula::compile(formula, names.iter().copied()) {
        let known: Vec<_> = names
            .iter()
            .copied()
            .filter(|name| !name.is_empty())
            .collect();
        let fix = match &error {
            FormulaError::UnknownName(name) => {
                match operator_api::nearest(name, known.iter().copied()) {
                    Some(meant) => format!("write `{meant}`"),
                    None if known.is_empty() => "give the triggers names, and use those".into(),
                    None => format!("use the names of the triggers: {}", known.join(", ")),
                }
            }
            FormulaError::NotANumber(_) => "let the formula come to a number".into(),
            _ => "correct the formula as the message says".into(),
        };
        let said = Said::error(error.reason(), error.to_string(), fix);
        findings.say(item, format!("{PATH}.formula"), said);
    }
    for (at, trigger) in object.spec.triggers.iter().enumerate() {
        if trigger.name.is_empty() && !is_resource(trigger) {
            let message = "the formula cannot use this trigger, which has no name";
            let fix = "add `name` to the trigger and use it in the formula, or remove the trigger";
            let said = Said::warning("UnnamedTrigger", message, fix);
            findings.say(item, format!("spec.triggers[{at}]"), said);
        }
    }
}
