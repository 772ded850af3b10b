//! Manifests against a scaler that is made up.

use std::sync::Mutex;

use futures::FutureExt;
use futures::executor::block_on;
use futures::future::BoxFuture;
use operator_lint::{CheckFailure, Components, Input, Report, Severity, lint};
use runtime_types::{Checked, MetricSpec, Naming, Number, ParameterError, Trigger, TriggerType};
use secrecy::ExposeSecret;
use serde_json::json;

/// A queue with a parameter of each sort. `host` and `port` go together; each check is kept.
#[derive(Default)]
struct Queue {
    asked: Mutex<Vec<Trigger>>,
    failing: bool,
}

impl Components for Queue {
    fn types(&self) -> Vec<TriggerType> {
        let parameter = |names: &[&str], sources: &[&str], more: serde_json::Value| {
            let mut parameter = json!({"names": names, "kind": "string", "sources": sources});
            let fields = parameter.as_object_mut().unwrap();
            fields.extend(more.as_object().unwrap().clone());
            parameter
        };
        let (metadata, auth, env) = ("triggerMetadata", "authParams", "resolvedEnv");
        let of = json!({"type": "queue", "parameters": [
            parameter(&["name"], &[metadata], json!({})),
            parameter(&["length"], &[metadata], json!({"kind": "integer", "default": "5"})),
            parameter(&["host"], &[metadata, auth, env], json!({"roles": ["endpoint"], "format": "host"})),
            parameter(&["port"], &[metadata], json!({"kind": "integer", "optional": true})),
            parameter(&["token"], &[auth], json!({"optional": true, "roles": ["secret"]})),
            parameter(&["old"], &[metadata], json!({"optional": true, "deprecated": "write `name`"})),
            parameter(&["aged"], &[metadata], json!({"optional": true, "announce": "`aged` will go"})),
        ]});
        vec![serde_json::from_value(of).unwrap()]
    }

    fn check<'a>(&'a self, trigger: &'a Trigger) -> BoxFuture<'a, Result<Checked, CheckFailure>> {
        self.asked.lock().unwrap().push(trigger.clone());
        let answer = if self.failing {
            Err(CheckFailure::Failed("it crashed".into()))
        } else {
            answer(trigger)
        };
        async move { answer }.boxed()
    }
}

fn answer(trigger: &Trigger) -> Result<Checked, CheckFailure> {
    let text = |name: &str| {
        let of_env = trigger.metadata.get(&format!("{name}FromEnv"));
        let of_env = of_env.and_then(|variable| trigger.resolved_env.get(variable));
        let hidden = trigger.auth_params.get(name).or(of_env);
        let shown = trigger.metadata.get(name).cloned();
        shown.or_else(|| Some(hidden?.expose_secret().to_string()))
    };
    let mut errors = Vec::new();
    let mut wrong = |parameter: &str, message: &str| {
        errors.push(ParameterError {
            parameter: parameter.into(),
            message: message.into(),
        });
    };
    if text("name").is_none() {
        wrong(
            "name",
            "missing required parameter \"name\" in [triggerMetadata]",
        );
    }
    if text("old").is_some() {
        wrong("old", "scaler queue info: write `name`");
    }
    match text("host") {
        None => wrong("", "no host given"),
        Some(host) if host == "nowhere" => wrong("host", "there is no nowhere"),
        Some(_) => {}
    }
    if !errors.is_empty() {
        return Err(CheckFailure::Parameters(errors));
    }
    let target = text("length").map_or(5, |text| text.parse().unwrap());
    Ok(Checked {
        metrics: vec![MetricSpec {
            name: "queue".into(),
            naming: Naming::Standard,
            target: Number::Whole(target),
            fixed_type: None,
            activation: None,
        }],
        notices: vec![
            "the queue is old".into(),
            "scaler queue info: `aged` will go".into(),
        ],
    })
}

fn object(trigger: &str) -> String {
    format!(
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {{name: a}}\nspec:\n  \
         scaleTargetRef: {{name: a}}\n  triggers:\n    - type: queue\n{trigger}"
    )
}

fn lint_of(queue: &Queue, files: &[&str]) -> Report {
    let inputs: Vec<_> = files
        .iter()
        .enumerate()
        .map(|(at, text)| Input {
            path: format!("{at}.yaml").into(),
            named: true,
            content: Ok(text.as_bytes().to_vec()),
        })
        .collect();
    block_on(lint(&inputs, queue))
}

/// Rule and message of each finding but the remark that this scaler always makes.
fn found(files: &[&str]) -> Vec<(&'static str, String)> {
    let findings = lint_of(&Queue::default(), files).findings.into_iter();
    let findings = findings.filter(|f| f.rule != "ScalerRemark");
    findings.map(|f| (f.rule, f.message)).collect()
}

fn rules(files: &[&str]) -> Vec<&'static str> {
    found(files).into_iter().map(|(rule, _)| rule).collect()
}

#[test]
fn a_parameter_that_must_not_be_used_is_an_error_and_one_that_will_go_a_warning() {
    let file = object("      metadata: {name: q, host: h, old: x}\n");
    assert_eq!(
        found(&[&file]),
        [(
            "DeprecatedParameter",
            "scaler queue info: write `name`".to_string()
        )]
    );
    let file = object("      metadata: {name: q, host: h, aged: x}\n");
    let report = lint_of(&Queue::default(), &[&file]);
    let severities: Vec<_> = report
        .findings
        .iter()
        .map(|f| (f.rule, f.severity))
        .collect();
    assert_eq!(
        severities,
        [
            ("ScalerRemark", Severity::Warning),
            ("DeprecatedParameter", Severity::Warning)
        ]
    );
}

#[test]
fn what_is_not_known_is_asked_for_left_out_and_stood_in_for() {
    let queue = Queue::default();
    let file = object("      metadata: {name: q, hostFromEnv: HOST}\n");
    let report = lint_of(&queue, &[&file]);
    assert_eq!(report.errors, 0, "{report:#?}");
    let asked = queue.asked.into_inner().unwrap();
    let hosts: Vec<_> = asked.iter().map(|t| t.resolved_env.len()).collect();
    assert_eq!(hosts, [0, 1]);
}

#[test]
fn what_is_wrong_whatever_the_unknown_values_are_is_told() {
    let file = object("      metadata: {hostFromEnv: HOST}\n");
    assert_eq!(rules(&[&file]), ["MissingParameter"]);
    let file = object("      metadata: {length: '0', name: q, hostFromEnv: HOST}\n");
    // Only one of the two answers had a metric: a host might change it.
    assert_eq!(rules(&[&file]), [""; 0]);
}

#[test]
fn an_authentication_that_is_elsewhere_may_give_anything() {
    let reference = "      metadata: {name: q}\n      authenticationRef: {name: auth}\n";
    assert_eq!(rules(&[&object(reference)]), [""; 0]);
    let here = "apiVersion: keda.sh/v1alpha1\nkind: TriggerAuthentication\nmetadata: {name: auth}\nspec:\n  \
                secretTargetRef: [{parameter: token, name: s, key: k}]\n";
    assert_eq!(
        found(&[&object(reference), here]),
        [("InvalidParameter", "no host given".to_string())]
    );
}

#[test]
fn values_of_secrets_in_the_files_are_judged() {
    let reference = "      metadata: {name: q}\n      authenticationRef: {name: auth}\n";
    let auth = "apiVersion: keda.sh/v1alpha1\nkind: TriggerAuthentication\nmetadata: {name: auth}\nspec:\n  \
                secretTargetRef: [{parameter: host, name: s, key: k}]\n";
    let secret = |host: &str| {
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{k: {host}}}\n")
    };
    assert_eq!(rules(&[&object(reference), auth, &secret("here")]), [""; 0]);
    let report = lint_of(
        &Queue::default(),
        &[&object(reference), auth, &secret("nowhere")],
    );
    let [finding] = report.findings.as_slice() else {
        panic!("{report:#?}")
    };
    assert_eq!(
        (finding.rule, finding.path.as_str(), finding.line),
        ("InvalidParameter", "spec.triggers[0].authenticationRef", 9)
    );
}

#[test]
fn an_authentication_of_two_triggers_is_right_where_one_of_them_reads_it() {
    let both = object(
        "      metadata: {name: q, host: h}\n      authenticationRef: {name: auth}\n    \
         - type: other\n      metadata: {}\n      authenticationRef: {name: auth}\n",
    );
    let auth = |parameter: &str| {
        format!(
            "apiVersion: keda.sh/v1alpha1\nkind: TriggerAuthentication\nmetadata: {{name: auth}}\nspec:\n  \
             secretTargetRef: [{{parameter: {parameter}, name: s, key: k}}]\n"
        )
    };
    assert_eq!(rules(&[&both, &auth("token")]), ["UnknownTriggerType"]);
    assert_eq!(
        rules(&[&both, &auth("tokn")]),
        ["UnknownTriggerType", "UnknownParameter"]
    );
    assert_eq!(
        rules(&[&both, &auth("name")]),
        ["UnknownTriggerType", "WrongPlace"]
    );
}

#[test]
fn a_scaler_that_cannot_be_asked_is_a_note() {
    let queue = Queue {
        failing: true,
        ..Queue::default()
    };
    let report = lint_of(&queue, &[&object("      metadata: {name: q, host: h}\n")]);
    assert_eq!(report.findings[0].rule, "NotChecked");
    assert!(report.is_clean());
}

#[test]
fn a_field_that_is_wrong_hides_nothing_elsewhere_and_makes_nothing_up() {
    let file = object("      metadata: {name: 5, hots: h}\n").replace(
        "spec:\n",
        "spec:\n  minReplicaCount: 500\n  cooldownPeriod: soon\n",
    );
    assert_eq!(
        rules(&[&file]),
        [
            "IncorrectReplicas",
            "WrongType",
            "NotAString",
            "UnknownParameter"
        ]
    );
    let file = object("      metadata: {name: q, host: h}\n").replace(
        "spec:\n",
        "spec:\n  minReplicaCount: 500\n  maxReplicaCount: many\n",
    );
    assert_eq!(rules(&[&file]), ["WrongType"]);
}

#[test]
fn triggers_are_looked_at_where_the_target_cannot_be_read() {
    let file = object("      metadata: {nmae: q, host: h}\n");
    let without = file.replace("  scaleTargetRef: {name: a}\n", "");
    assert_eq!(rules(&[&without]), ["MissingField", "UnknownParameter"]);
    let wrong = file.replace("scaleTargetRef: {name: a}", "scaleTargetRef: a");
    assert_eq!(rules(&[&wrong]), ["WrongType", "UnknownParameter"]);
    let no_metadata = object("      metadata: []\n    - metadata: {}\n");
    assert_eq!(rules(&[&no_metadata]), ["WrongType", "MissingField"]);
}

#[test]
fn the_same_object_in_two_files_is_told_with_the_place_of_the_first() {
    let file = object("      metadata: {name: q, host: h}\n");
    let expected = "ScaledObject default/a is already defined at 0.yaml:1";
    assert_eq!(
        found(&[&file, &file]),
        [("DuplicateObject", expected.to_string())]
    );
}

#[test]
fn damage_to_a_manifest_never_panics() {
    let file = object(
        "      metadata: {name: q, hostFromEnv: $(H)}\n      authenticationRef: {name: x}\n",
    );
    for at in 0..file.len() {
        for with in ["", "{", "'", ":", "- ", "\n", "&a ", "[]", "null", "1e9999"] {
            let damaged = [&file[..at], with, file.get(at + 3..).unwrap_or_default()].concat();
            lint_of(&Queue::default(), &[&damaged]);
        }
    }
}
