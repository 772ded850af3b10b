use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use runtime_types::Trigger;
use scaler_sdk::Component;
use secrecy::SecretString;

use crate::case::{Case, ExpectedCheck, ExpectedPoll};
use crate::fill::Places;
use crate::servers::Servers;
use crate::{CaseError, KubeScript, Native, Setting, Subject, check, folder, load_cases};

/// Runs all cases of the crate in `crate_folder` natively.
///
/// # Panics
/// When a case is not met, with all differences of all cases.
#[track_caller]
pub fn run_cases<C: Component>(crate_folder: &str) {
    let cases = load_cases(Path::new(crate_folder)).unwrap_or_else(|e| panic!("{e}"));
    assert!(!cases.is_empty(), "{crate_folder}/cases has no case");
    let mut subject = Native::<C>::new();
    let failures: Vec<_> = cases
        .iter()
        .filter_map(|case| run(case, &mut subject).err())
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// Runs one case.
///
/// # Errors
/// The differences, as text for people.
pub fn run(case: &Case, subject: &mut dyn Subject) -> Result<(), String> {
    let differences = differences(case, subject).unwrap_or_else(|e| vec![e.to_string()]);
    if differences.is_empty() {
        return Ok(());
    }
    let mut text = format!("case {}: {}", case.name, case.about);
    for difference in differences {
        text.push_str("\n    ");
        text.push_str(&difference);
    }
    Err(text)
}

fn differences(case: &Case, subject: &mut dyn Subject) -> Result<Vec<String>, CaseError> {
    let now = case.now.as_deref().map(time).transpose()?;
    let at = now.unwrap_or_else(SystemTime::now);
    let directory = case
        .dir
        .as_ref()
        .map(|entries| folder::make(entries, at))
        .transpose();
    let directory = directory.map_err(|e| CaseError::Io("{dir}".into(), e))?;
    let servers = Servers::start(case)?;
    let places = Places {
        tcp: servers.addresses.clone(),
        dir: directory.as_ref().map(tempfile::TempDir::path),
    };
    let trigger = trigger(case, &places)?;
    let (expected_check, expected_polls) = expected(case, &places)?;

    let kube = (!case.kube.is_empty()).then(|| KubeScript::new(&case.kube));
    subject.begin(&Setting {
        kube: kube.clone(),
        now,
        directory: directory.as_ref().map(|d| d.path().to_path_buf()),
        timeout: case.timeout_ms.map(Duration::from_millis),
    });
    let checked = subject.check(&trigger);
    let mut differences = expected_check.as_ref().map_or_else(Vec::new, |expected| {
        check::of_check(expected, &checked, &trigger)
    });
    for (i, expected) in expected_polls.iter().enumerate() {
        let outcome = subject.poll(&trigger);
        let checked = checked.as_ref().ok();
        differences.extend(check::of_poll(i + 1, expected, &outcome, checked, &trigger));
    }
    // Closes what the scaler kept open, or a server would wait for it.
    subject.begin(&Setting::default());
    differences.extend(servers.finish());
    differences.extend(kube.iter().flat_map(KubeScript::finish));
    Ok(differences)
}

/// What the case expects, with the placeholders of its texts replaced.
fn expected(
    case: &Case,
    places: &Places<'_>,
) -> Result<(Option<ExpectedCheck>, Vec<ExpectedPoll>), CaseError> {
    let (mut check, mut polls) = (case.check.clone(), case.poll.clone());
    let errors = check.iter_mut().flat_map(|c| &mut c.errors);
    let errors = errors.chain(polls.iter_mut().flat_map(|p| &mut p.config));
    for error in errors.flatten() {
        error.text = places.fill(&error.text)?;
    }
    for unknown in polls.iter_mut().flat_map(|p| &mut p.unknown) {
        unknown.text = places.fill(&unknown.text)?;
    }
    Ok((check, polls))
}

fn time(text: &str) -> Result<SystemTime, CaseError> {
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    let instant = parsed.map_err(|e| CaseError::Time(text.to_string(), e.to_string()))?;
    instant
        .try_into()
        .map_err(|e: jiff::Error| CaseError::Time(text.to_string(), e.to_string()))
}

fn trigger(case: &Case, places: &Places<'_>) -> Result<Trigger, CaseError> {
    let secret = |values: BTreeMap<String, String>| {
        let pairs = values.into_iter();
        pairs.map(|(k, v)| (k, SecretString::from(v))).collect()
    };
    let text = &case.trigger;
    Ok(Trigger {
        trigger_type: text.trigger_type.clone(),
        name: text.name.clone(),
        index: text.index,
        namespace: text.namespace.clone(),
        object: "case".to_string(),
        metadata: places.fill_all(&text.metadata)?,
        auth_params: secret(places.fill_all(&text.auth_params)?),
        resolved_env: secret(places.fill_all(&text.resolved_env)?),
        as_metric_source: text.as_metric_source,
        identity: None,
    })
}
