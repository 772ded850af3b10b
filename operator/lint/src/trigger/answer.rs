//! What the scaler itself says of a trigger's parameters.

use operator_api::nearest;
use runtime_types::{
    Checked, MetricSpec, Parameter, ParameterError, ParameterKind, Source, TriggerType,
};

use super::parameters::{Slips, move_to, path};
use super::values::{Given, Values};
use super::{Place, kind, not_checked, stand_in};
use crate::finding::{Findings, Said, did_you_mean};
use crate::{CheckFailure, Components};

/// Asks the scaler, and says what is wrong whatever the values are that are not known.
pub(super) async fn check(
    place: &Place<'_>,
    of: &TriggerType,
    values: &Values<'_>,
    slips: &Slips,
    components: &dyn Components,
    findings: &mut Findings,
) {
    let mut answers = Vec::new();
    for trigger in stand_in::triggers(place, of, values) {
        match components.check(&trigger).await {
            Err(failure @ CheckFailure::Failed(_)) => {
                return not_checked(place, &failure, findings);
            }
            answer => answers.push(answer),
        }
    }
    let wrong = |answer: &Result<Checked, CheckFailure>| match answer {
        Err(CheckFailure::Parameters(errors)) => errors.clone(),
        _ => Vec::new(),
    };
    let mut errors = answers.first().map(wrong).unwrap_or_default();
    errors.retain(|error| answers.iter().all(|answer| wrong(answer).contains(error)));
    for error in errors {
        tell(place, of, values, slips, &error, findings);
    }
    let checked: Vec<&Checked> = answers
        .iter()
        .filter_map(|answer| answer.as_ref().ok())
        .collect();
    if let [first, others @ ..] = checked.as_slice()
        && checked.len() == answers.len()
    {
        for notice in &first.notices {
            let announced = notice.starts_with("scaler ");
            if !announced && others.iter().all(|other| other.notices.contains(notice)) {
                let said = Said::warning("ScalerRemark", notice.clone(), "do as the message says");
                findings.say(place.item, format!("{}.metadata", place.path), said);
            }
        }
        for metric in &first.metrics {
            if others.iter().all(|other| other.metrics.contains(metric)) {
                target(place, of, values, metric, findings);
            }
        }
    }
}

fn tell(
    place: &Place<'_>,
    of: &TriggerType,
    values: &Values<'_>,
    slips: &Slips,
    error: &ParameterError,
    findings: &mut Findings,
) {
    let describe = format!(
        "`penstock trigger describe {}` says what is needed",
        of.name
    );
    let names = |p: &&Parameter| p.names.contains(&error.parameter);
    let Some(parameter) = of.parameters.iter().find(names) else {
        // Several together. What a misspelt name was meant for may be among them.
        if slips.is_empty() {
            let said = Said::error("InvalidParameter", error.message.clone(), describe);
            findings.say(place.item, format!("{}.metadata", place.path), said);
        }
        return;
    };
    let name = parameter.name();
    let given = values.given(parameter);
    let Some((source, written, value)) = given.first() else {
        if !slips.iter().any(|slip| slip == name) {
            missing(place, of, parameter, error, findings);
        }
        return;
    };
    let path = path(place, *source, written);
    let said = match value.value() {
        _ if parameter.deprecated.is_some() => {
            let fix = format!("remove `{written}`, and do as the message says");
            Said::error("DeprecatedParameter", error.message.clone(), fix)
        }
        Some(text) if !is_allowed(parameter, text) => not_allowed(parameter, text, error),
        Some(text)
            if !kind::fits(parameter.kind, text)
                || error.message.starts_with("unable to set param") =>
        {
            let fix = format!("write {}", kind::wanted(parameter));
            Said::error("MalformedParameter", error.message.clone(), fix)
        }
        _ => Said::error(
            "InvalidParameter",
            error.message.clone(),
            advice(parameter, &describe),
        ),
    };
    findings.say(place.item, path, said);
}

fn advice(parameter: &Parameter, otherwise: &str) -> String {
    match parameter.doc.trim() {
        "" => otherwise.to_string(),
        doc => format!(
            "give what it stands for: {}",
            doc.split_whitespace().collect::<Vec<_>>().join(" ")
        ),
    }
}

fn missing(
    place: &Place<'_>,
    of: &TriggerType,
    parameter: &Parameter,
    error: &ParameterError,
    findings: &mut Findings,
) {
    let mut fix = match parameter.sources.contains(&Source::TriggerMetadata) {
        true => format!("add `{}` to the trigger's metadata", parameter.name()),
        false => move_to(parameter),
    };
    if let Some(doc) = parameter
        .doc
        .trim()
        .split('\n')
        .next()
        .filter(|doc| !doc.is_empty())
    {
        fix += &format!(": {}", doc.trim());
    }
    // KEDA's text has no type in it.
    let message = match error.message.starts_with("missing required parameter") {
        true => format!("{}: {}", of.name, error.message),
        false => error.message.clone(),
    };
    let said = Said::error("MissingParameter", message, fix);
    let path = format!("{}.metadata.{}", place.path, parameter.name());
    findings.say(place.item, path, said);
}

/// Each element of a list has to be one of the words.
fn is_allowed(parameter: &Parameter, text: &str) -> bool {
    let mut words = text.split(',').map(str::trim);
    parameter.allowed.is_empty() || words.all(|word| parameter.allowed.iter().any(|a| a == word))
}

fn not_allowed(parameter: &Parameter, text: &str, error: &ParameterError) -> Said {
    let all = || parameter.allowed.iter().map(String::as_str);
    let mut words = text.split(',').map(str::trim);
    let wrong = words.find(|word| !all().any(|allowed| allowed == *word));
    let meant = wrong.and_then(|word| nearest(word, all()));
    let fix = match meant {
        Some(meant) => format!("write {meant}"),
        None => format!("write one of {}", parameter.allowed.join(", ")),
    };
    let message = format!("{}{}", error.message, did_you_mean(meant));
    Said::error("ParameterNotAllowed", message, fix)
}

/// Autoscalers take targets above zero alone.
fn target(
    place: &Place<'_>,
    of: &TriggerType,
    values: &Values<'_>,
    metric: &MetricSpec,
    findings: &mut Findings,
) {
    let number = metric.target.as_f64();
    if number > 0.0 || values.as_metric_source {
        return;
    }
    let is_it = |parameter: &&Parameter| {
        let numeric = matches!(
            parameter.kind,
            ParameterKind::Integer | ParameterKind::Number
        );
        let given = values.given(parameter);
        let value = given
            .first()
            .and_then(|(.., given)| Given::value(given)?.parse::<f64>().ok());
        numeric && value == Some(number) && !parameter.name().starts_with("activation")
    };
    let parameter = of.parameters.iter().find(is_it);
    let field = parameter.map_or_else(String::new, |p| format!(".{}", p.name()));
    let message = format!(
        "the target is {}, and no autoscaler takes one that is not above 0",
        metric.target
    );
    let fix = "write a number above 0";
    let said = Said::error("TargetNotPositive", message, fix);
    findings.say(place.item, format!("{}.metadata{field}", place.path), said);
}
