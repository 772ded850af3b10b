//! Files as users write them, and as they should not.

use std::path::Path;

use operator_api::manifest::{Loaded, Survey, read, survey};
use operator_api::{Object, ObjectKey};

fn load(text: &str) -> Loaded {
    read(Path::new("app.yaml"), text.as_bytes())
}

fn texts(loaded: &Loaded) -> Vec<String> {
    loaded.findings.iter().map(ToString::to_string).collect()
}

const GOOD: &str = r#"# a comment
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: orders
  annotations:
    autoscaling.keda.sh/paused: "false"
spec:
  scaleTargetRef:
    apiVersion: penstock.dev/v1alpha1
    kind: Process
    name: worker
  pollingInterval: 5
  idleReplicaCount: 0
  minReplicaCount: 0
  maxReplicaCount: 5
  fallback: {failureThreshold: 3, replicas: 2}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleDown:
          stabilizationWindowSeconds: 60
          tolerance: 0.1
          policies:
          - {type: Percent, value: 100, periodSeconds: 15}
  triggers:
  - type: redis
    metadata:
      address: "localhost:6379"
      listLength: "5"
    authenticationRef:
      name: redis-auth
---
apiVersion: penstock.dev/v1alpha1
kind: Process
metadata: {name: worker, namespace: default}
spec:
  command: [sh, -c]
  args: ["exec sleep 60"]
  env:
  - {name: A, value: "1"}
  - name: B
    valueFrom: {secretKeyRef: {name: s, key: k}}
  log: discard
---
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: s}
  data: {k: aGVsbG8=}
  stringData: {plain: text}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: c}
  data: {k: v}
"#;

#[test]
fn a_file_of_several_documents_yields_typed_objects_with_their_lines() {
    let loaded = load(GOOD);
    assert_eq!(texts(&loaded), Vec::<String>::new());
    let places: Vec<_> = loaded
        .documents
        .iter()
        .map(|d| (d.object.key().to_string(), d.document, d.line))
        .collect();
    let expected = [
        ("ScaledObject default/orders", 1, 2),
        ("Process default/worker", 2, 34),
        ("Secret default/s", 4, 50),
        ("ConfigMap default/c", 4, 55),
    ];
    assert_eq!(
        places,
        expected.map(|(key, document, line)| (key.to_string(), document, line))
    );

    let Object::ScaledObject(object) = &loaded.documents[0].object else {
        panic!("not a ScaledObject")
    };
    assert_eq!(object.spec.polling_interval, Some(5));
    assert_eq!(object.spec.triggers[0].metadata["listLength"], "5");
    let Object::Process(process) = &loaded.documents[1].object else {
        panic!("not a Process")
    };
    assert_eq!(process.spec.termination_grace_period_seconds, 30);
}

#[test]
fn an_unquoted_number_in_metadata_is_an_error_that_shows_the_quoted_form() {
    let loaded = load(&GOOD.replace("listLength: \"5\"", "listLength: 0x05"));
    assert_eq!(
        texts(&loaded),
        [
            "app.yaml:30:19: ScaledObject default/orders: spec.triggers[0].metadata.listLength: \
          must be a string, but YAML reads 0x05 as a number; write \"0x05\""
        ]
    );
    let key = ObjectKey::new("ScaledObject", None, "orders");
    assert_eq!(loaded.broken().collect::<Vec<_>>(), [&key]);
    assert_eq!(
        loaded.documents.len(),
        3,
        "the other objects are not touched"
    );
}

#[test]
fn a_misspelt_field_is_a_warning_with_a_suggestion() {
    let loaded = load(&GOOD.replace("pollingInterval", "pollingIntervall"));
    assert_eq!(
        texts(&loaded),
        [
            "app.yaml:13:3: ScaledObject default/orders: spec: unknown field `pollingIntervall` \
          is ignored, did you mean `pollingInterval`?"
        ]
    );
    assert_eq!(loaded.documents.len(), 4);
}

#[test]
fn every_finding_of_a_document_is_reported_at_once() {
    let loaded = load(
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\nspec:\n  \
         scaleTargetRef: {name: ''}\n  pollingInterval: 0\n  cooldownPeriod: soon\n  triggers:\n  \
         - metadata: {}\n    authenticationRef: {name: x, kind: Nope}\n",
    );
    let found: Vec<_> = loaded
        .findings
        .iter()
        .map(|f| (f.line, f.problem.to_string()))
        .collect();
    let expected = [
        (5, "must have at least 1 character"),
        (6, "0 must be at least 1"),
        (7, "must be a whole number, not a string"),
        (
            10,
            "`Nope` must be one of TriggerAuthentication, ClusterTriggerAuthentication",
        ),
        (9, "required field `type` is missing"),
    ];
    assert_eq!(found, expected.map(|(line, text)| (line, text.to_string())));
}

#[test]
fn bounds_and_trigger_rules_have_kedas_texts() {
    let loaded = load(
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata:\n  name: a\n  annotations:\n    \
         autoscaling.keda.sh/paused-replicas: many\nspec:\n  scaleTargetRef: {name: x}\n  \
         idleReplicaCount: 5\n  minReplicaCount: 5\n  maxReplicaCount: 4\n  triggers:\n  \
         - {type: cron, name: t, useCachedMetrics: true, metadata: {}}\n  \
         - {type: redis, name: t, metadata: {}}\n",
    );
    let found: Vec<_> = loaded
        .findings
        .iter()
        .map(|f| (f.line, f.problem.to_string()))
        .collect();
    let expected = [
        (10, "MinReplicaCount=5 must be less than MaxReplicaCount=4"),
        (9, "IdleReplicaCount=5 must be less than MinReplicaCount=5"),
        (6, "`many` must be a whole number, such as \"0\""),
        (
            14,
            "triggerName \"t\" is defined multiple times, but it must be unique",
        ),
        (
            13,
            "property \"useCachedMetrics\" is not supported for \"cron\" scaler",
        ),
    ];
    assert_eq!(found, expected.map(|(line, text)| (line, text.to_string())));
    assert!(loaded.documents.is_empty());
}

#[test]
fn names_are_those_that_clusters_take() {
    for name in ["../x", "A", "-a", "a_b", "a/b"] {
        let loaded = load(&format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name:?}}}\n"
        ));
        assert_eq!(loaded.findings[0].problem.reason(), "InvalidName", "{name}");
    }
}

#[test]
fn idle_zero_needs_an_explicit_minimum() {
    let file = |min: &str| {
        load(&GOOD.replace("  minReplicaCount: 0\n", min))
            .documents
            .len()
    };
    assert_eq!(file(""), 3);
    assert_eq!(file("  minReplicaCount: 0\n"), 4);
}

#[test]
fn an_unknown_kind_is_ignored_with_a_warning() {
    let loaded = load("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n");
    assert!(loaded.documents.is_empty());
    assert_eq!(loaded.errors().count(), 0);
    assert_eq!(loaded.warnings().count(), 1);
}

#[test]
fn a_syntax_error_names_its_line() {
    let loaded = load("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n---\nx: ]\n");
    let [finding] = &loaded.findings[..] else {
        panic!("{:?}", texts(&loaded))
    };
    assert_eq!(finding.problem.reason(), "InvalidYaml");
    assert!((3..=5).contains(&finding.line), "{finding}");
}

#[test]
fn no_text_repeats_a_value_of_a_secret() {
    for data in [
        "data: {k: 'hunter2!'}",
        "stringData: {k: 4711}",
        "data: {k: 4711}",
    ] {
        let loaded = load(&format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\n{data}\n"
        ));
        let texts = texts(&loaded).join("\n");
        assert!(!texts.is_empty());
        assert!(
            !texts.contains("hunter2") && !texts.contains("4711"),
            "{texts}"
        );
    }
    let debug = format!("{:?}", load(GOOD).documents);
    assert!(
        !debug.contains("hello") && !debug.contains("text"),
        "{debug}"
    );
}

#[test]
fn bytes_that_are_no_text_are_one_finding() {
    let loaded = read(Path::new("x"), &[0xff, 0xfe, 0x00]);
    assert_eq!(loaded.findings[0].problem.reason(), "InvalidEncoding");
}

#[test]
fn every_kind_of_authentication_source_is_read() {
    let loaded = load(
        "apiVersion: keda.sh/v1alpha1\nkind: ClusterTriggerAuthentication\nmetadata: {name: a}\nspec:\n  \
         podIdentity: {provider: aws, roleArn: r, externalID: e, identityOwner: keda}\n  \
         secretTargetRef: [{parameter: p, name: n, key: k}]\n  \
         configMapTargetRef: [{parameter: p, name: n, key: k}]\n  \
         env: [{parameter: p, name: n, containerName: c}]\n  filePath: a.json\n  \
         hashiCorpVault: {address: a, authentication: token, secrets: [{parameter: p, path: a, key: k, type: secretV2}]}\n  \
         azureKeyVault: {vaultUri: u, secrets: [{parameter: p, name: n}], cloud: {type: t, keyVaultResourceURL: u}}\n  \
         gcpSecretManager: {secrets: [{parameter: p, id: n}]}\n  \
         awsSecretManager: {region: r, secrets: [{parameter: p, name: n, versionId: v}]}\n  \
         boundServiceAccountToken: [{parameter: p, serviceAccountName: s}]\n  \
         oauth2: {clientId: c, tokenUrl: 'https://x/y', scopes: [a], tokenUrlParams: {a: b}}\n",
    );
    assert_eq!(texts(&loaded), Vec::<String>::new());
    assert_eq!(loaded.documents.len(), 1);
}

#[test]
fn a_scaled_job_takes_a_whole_job() {
    let loaded = load(
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledJob\nmetadata: {name: a}\nspec:\n  jobTargetRef:\n    \
         template: {spec: {containers: [{name: c, image: i, resources: {limits: {cpu: 1}}}]}}\n  \
         scalingStrategy: {strategy: accurate, multipleScalersCalculation: sum}\n  \
         triggers: [{type: redis, metadata: {a: b}}]\n",
    );
    assert_eq!(texts(&loaded), Vec::<String>::new());
    assert_eq!(loaded.documents.len(), 1);
}

fn surveyed(text: &str) -> Survey {
    survey(Path::new("app.yaml"), text.as_bytes())
}

#[test]
fn a_survey_knows_the_places_of_fields_and_finds_what_reading_finds() {
    let survey = surveyed(GOOD);
    assert!(survey.findings.is_empty());
    let places = &survey.items[0].places;
    for (path, line) in [
        ("spec.triggers[0].metadata.listLength", 30),
        ("metadata.annotations[autoscaling.keda.sh/paused]", 7),
        // The nearest that there is.
        ("spec.triggers[0].metadata.listName", 28),
        ("spec.triggers[3].type", 26),
    ] {
        assert_eq!(places.of_field(path).0, line, "{path}");
    }
    let broken = GOOD.replace("pollingInterval: 5", "pollingInterval: soon");
    let texts = |findings: &[operator_api::Finding]| {
        findings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        texts(&surveyed(&broken).findings),
        texts(&load(&broken).findings)
    );
}

#[test]
fn a_survey_has_objects_of_which_a_field_is_wrong_and_kinds_that_are_not_read() {
    let broken = GOOD.replace("listLength: \"5\"", "listLength: 5");
    let survey = surveyed(&broken);
    let item = &survey.items[0];
    assert_eq!(item.wrong, ["spec.triggers[0].metadata.listLength"]);
    assert!(!item.is_whole() && !item.is_sound(&["spec.triggers"]));
    assert!(item.is_sound(&["spec.scaleTargetRef", "spec.triggers[1]"]));
    assert!(matches!(item.object, Some(Object::ScaledObject(_))));

    let survey = surveyed(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 1}\n",
    );
    let foreign = survey.items[0].foreign.as_ref().unwrap();
    assert_eq!(
        (foreign.api_version.as_str(), &foreign.spec["replicas"]),
        ("apps/v1", &1.into())
    );
}

#[test]
fn a_document_that_is_no_yaml_does_not_hide_those_around_it() {
    let survey = surveyed(&format!("{GOOD}---\na: [\n---\n{GOOD}"));
    assert_eq!(survey.items.len(), 8);
    let lines = GOOD.lines().count();
    let line = |item: usize| survey.items[item].line as usize;
    assert_eq!(
        line(5),
        lines + 3 + line(1),
        "the second of the second half"
    );
    let [finding] = survey.findings.as_slice() else {
        panic!("{:?}", survey.findings)
    };
    assert_eq!(finding.problem.reason(), "InvalidYaml");
    assert!(
        (lines + 2..=lines + 3).contains(&(finding.line as usize)),
        "{finding}"
    );
}

#[test]
fn a_key_that_is_given_twice_is_named() {
    let loaded = load("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: a, k: b}\n");
    let texts = texts(&loaded);
    assert_eq!(texts, ["app.yaml:4:14: the key `k` is given twice"]);
}

proptest::proptest! {
    #[test]
    fn random_text_never_panics(text in ".{0,200}") {
        load(&text);
    }

    #[test]
    fn random_damage_to_a_good_file_never_panics(at in 0..GOOD.len(), with in "[-:\\[{}\"'&*!|> \n\t0-9a-z]{0,4}", cut in 0..8_usize) {
        let mut bytes = GOOD.as_bytes().to_vec();
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, with.bytes());
        read(Path::new("x"), &bytes);
    }
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    for text in [
        "[".repeat(100_000),
        "a: {".repeat(5_000),
        "- ".repeat(20_000),
    ] {
        assert_eq!(load(&text).errors().count(), 1);
    }
}

#[test]
fn the_schema_of_a_file_is_that_of_clusters() {
    let loaded = load(&GOOD.replace(
        "stabilizationWindowSeconds: 60",
        "stabilizationWindowSeconds: 3601",
    ));
    let errors: Vec<_> = loaded.errors().collect();
    assert_eq!(errors.len(), 1, "{:?}", texts(&loaded));
    assert_eq!(errors[0].problem.reason(), "OutOfBounds");

    // Jobs have no metric type, references to Secrets need no name, and ports no protocol.
    let loaded = load(
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledJob\nmetadata: {name: j}\nspec:\n  jobTargetRef:\n    template:\n      \
         spec:\n        imagePullSecrets: [{}]\n        containers:\n        - {name: c, ports: [{containerPort: 80}]}\n  \
         triggers: [{type: redis, metadata: {}, metricType: Value}]\n",
    );
    assert_eq!(loaded.documents.len(), 1, "{:?}", texts(&loaded));
    let warnings: Vec<_> = loaded.warnings().map(|f| f.problem.reason()).collect();
    assert_eq!(warnings, ["UnknownField"], "{:?}", texts(&loaded));
}
