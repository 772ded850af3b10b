//! `penstock lint`, as a user runs it, on the manifests of `lint/`.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tests_integration::{penstock, scalers_folder};

/// Each of these files has mistakes, and says in comments which rule tells of which line:
/// `# expect: RULE LINE`.
const BROKEN: &str = "broken";
/// In these there is nothing to find.
const GOOD: &str = "good";

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("lint")
        .join(name)
}

fn manifests(name: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder(name)).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(penstock());
    command.arg("lint").args(arguments);
    command.env("PENSTOCK_SCALERS", scalers_folder());
    command.env("PENSTOCK_CACHE_DIR", scalers_folder().join(".penstock"));
    command.stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn run_on(path: &Path, more: &[&str]) -> Output {
    command(more).arg(path).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}{}", stdout(output), stderr(output)))
}

fn lint(path: &Path) -> (Value, Option<i32>) {
    let output = run_on(path, &["-o", "json"]);
    (report(&output), output.status.code())
}

fn findings(report: &Value) -> &Vec<Value> {
    report["findings"].as_array().unwrap()
}

fn rules(report: &Value) -> Vec<&str> {
    findings(report)
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect()
}

/// Rule and line of each finding that a file says it has.
fn expected(file: &Path) -> Vec<(String, u64)> {
    let text = std::fs::read_to_string(file).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("# expect: "));
    let mut expected: Vec<_> = lines
        .map(|line| {
            let (rule, line) = line.split_once(' ').unwrap();
            (rule.to_string(), line.parse().unwrap())
        })
        .collect();
    expected.sort();
    expected
}

fn written(name: &str, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, content).unwrap();
    (folder, file)
}

#[test]
fn each_planted_mistake_is_found_and_nothing_else() {
    let files = manifests(BROKEN);
    assert!(files.len() >= 40, "{}", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let (report, code) = lint(&file);
        let mut found: Vec<_> = findings(&report)
            .iter()
            .map(|f| {
                (
                    f["rule"].as_str().unwrap().to_string(),
                    f["line"].as_u64().unwrap(),
                )
            })
            .collect();
        found.sort();
        let expected = expected(&file);
        assert!(!expected.is_empty(), "{} expects nothing", file.display());
        if found != expected || code != Some(1) {
            wrong.push(format!(
                "{}: exit {code:?}\n  expected {expected:?}\n  found    {found:?}",
                file.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_found_in_good_manifests_by_themselves_or_all_together() {
    let files = manifests(GOOD);
    assert!(files.len() >= 40, "{}", files.len());
    for path in files.iter().chain([&folder(GOOD)]) {
        let (report, code) = lint(path);
        assert_eq!(findings(&report).len(), 0, "{}: {report:#}", path.display());
        assert_eq!(code, Some(0), "{}", path.display());
    }
}

#[test]
fn the_manifests_of_the_documentation_are_good() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (report, code) = lint(&root.join("operator/docs"));
    assert_eq!(findings(&report).len(), 0, "{report:#}");
    assert_eq!(code, Some(0));
    for page in [
        "README.md",
        "operator/docs/redis.md",
        "operator/docs/run.md",
    ] {
        let text = std::fs::read_to_string(root.join(page)).unwrap();
        let blocks = text.split("```yaml\n").skip(1);
        let blocks: Vec<_> = blocks.filter_map(|rest| rest.split_once("```")).collect();
        let whole = blocks.iter().map(|(yaml, _)| *yaml);
        let whole = whole
            .filter(|yaml| yaml.contains("kind: "))
            .collect::<Vec<_>>();
        assert!(!whole.is_empty(), "{page} has no manifest any more");
        let (_folder, file) = written("page.yaml", whole.join("---\n").as_bytes());
        let (report, code) = lint(&file);
        // A page may leave out the Process, which is no more than a note.
        assert_eq!(code, Some(0), "{page}: {report:#}");
    }
}

#[test]
fn json_has_these_fields_and_no_others() {
    let (report, _) = lint(&folder(BROKEN).join("misspelt-optional-parameter.yaml"));
    let names = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&report).into_iter().collect::<BTreeSet<_>>(),
        [
            "errors", "files", "findings", "notes", "objects", "warnings"
        ]
        .map(str::to_string)
        .into()
    );
    let [finding] = findings(&report).as_slice() else {
        panic!("{report:#}")
    };
    let expected = serde_json::json!({
        "file": folder(BROKEN).join("misspelt-optional-parameter.yaml"),
        "line": 15,
        "column": 9,
        "document": 1,
        "object": "ScaledObject default/orders",
        "path": "spec.triggers[0].metadata.listLenght",
        "severity": "warning",
        "rule": "UnknownParameter",
        "message": "redis has no parameter `listLenght`, it is ignored, did you mean `listLength`?",
        "fix": "rename `listLenght` to `listLength`",
    });
    assert_eq!(finding, &expected);
    assert_eq!(
        (&report["files"], &report["objects"]),
        (&1.into(), &1.into())
    );
    assert_eq!(
        (&report["errors"], &report["warnings"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn each_finding_has_a_message_and_a_remedy_and_its_rule_is_documented() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../operator/docs/lint.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (report, _) = lint(&folder(BROKEN));
    for finding in findings(&report) {
        for field in ["file", "rule", "message", "fix"] {
            let text = finding[field].as_str().unwrap();
            assert!(
                !text.is_empty() && !text.contains('\n'),
                "{field}: {finding:#}"
            );
        }
        let rule = finding["rule"].as_str().unwrap();
        assert!(
            page.contains(&format!("`{rule}`")),
            "lint.md says nothing of {rule}"
        );
    }
}

#[test]
fn text_has_the_place_first_the_remedy_below_and_a_summary_at_the_end() {
    let file = folder(BROKEN).join("misspelt-required-parameter.yaml");
    let output = run_on(&file, &[]);
    let text = stdout(&output);
    let lines: Vec<_> = text.lines().collect();
    let place = format!(
        "{}:14: error: redis has no parameter `listNmae`",
        file.display()
    );
    assert!(lines[0].starts_with(&place), "{text}");
    assert_eq!(
        lines[1..],
        [
            "  ScaledObject default/orders: spec.triggers[0].metadata.listNmae",
            "  fix: rename `listNmae` to `listName`",
            "",
            "1 finding in 1 of 1 file",
        ]
    );
    assert!(!text.contains('\u{1b}'), "no colours");
}

#[test]
fn standard_input_is_read_where_a_hyphen_stands() {
    let mut child = command(&["-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = std::fs::read(folder(BROKEN).join("unknown-type.yaml")).unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).starts_with("<stdin>:11: error: "),
        "{}",
        stdout(&output)
    );
}

#[test]
fn what_cannot_be_looked_at_at_all_is_exit_code_2() {
    let empty = tempfile::tempdir().unwrap();
    let output = run_on(empty.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("there is no *.yaml"),
        "{}",
        stderr(&output)
    );

    let output = run(&["/nowhere/app.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("/nowhere/app.yaml"),
        "{}",
        stderr(&output)
    );

    let output = run_on(&folder(GOOD), &["--scalers", "/nowhere"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_file_that_cannot_be_read_is_a_finding_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    // Permissions would stop nobody who is root.
    std::os::unix::fs::symlink("nowhere", folder.path().join("a.yaml")).unwrap();
    let good = self::folder(GOOD).join("cron.yaml");
    std::fs::copy(good, folder.path().join("b.yaml")).unwrap();
    let (report, code) = lint(folder.path());
    assert_eq!(rules(&report), ["UnreadableFile"]);
    assert_eq!((code, &report["objects"]), (Some(1), &1.into()));
}

#[test]
fn bytes_that_are_no_text_are_a_finding_where_they_are_named_and_a_note_in_a_folder() {
    let bytes: Vec<u8> = (0..4096_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let (folder, file) = written("image.yaml", &bytes);
    let (report, code) = lint(&file);
    assert_eq!((rules(&report), code), (vec!["InvalidEncoding"], Some(1)));
    let (report, code) = lint(folder.path());
    assert_eq!((rules(&report), code), (vec!["InvalidEncoding"], Some(0)));
    assert_eq!(findings(&report)[0]["severity"], "note");
}

#[test]
fn what_a_folder_has_beside_manifests_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("values.yaml", "image: shop/worker\nreplicas: 3\n"),
        ("package.json", "{\"name\": \"shop\", \"version\": \"1\"}"),
        ("matrix.yml", "- a\n- b\n"),
        ("empty.yaml", ""),
    ] {
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    let (report, code) = lint(folder.path());
    assert_eq!((rules(&report), code), (vec![], Some(0)));
    // Whoever names one means it.
    let (report, code) = lint(&folder.path().join("values.yaml"));
    assert_eq!(
        (rules(&report), code),
        (vec!["MissingField", "MissingField"], Some(1))
    );
}

#[test]
fn ten_megabytes_are_read_and_seventeen_are_not() {
    let object = std::fs::read_to_string(folder(GOOD).join("redis-list.yaml")).unwrap();
    let mut text = String::new();
    let mut objects = 0_u64;
    while text.len() < 10 << 20 {
        let name = format!("redis-list-{objects}");
        text += &object.replace("redis-list", &name);
        text += &format!("# {}\n---\n", "x".repeat(40_000));
        objects += 1;
    }
    let (_folder, file) = written("large.yaml", text.as_bytes());
    let (report, code) = lint(&file);
    assert_eq!((rules(&report), code), (vec![], Some(0)), "{report:#}");
    assert_eq!(report["objects"], objects);

    let (_folder, file) = written("larger.yaml", &vec![b'#'; 17 << 20]);
    let (report, code) = lint(&file);
    assert_eq!((rules(&report), code), (vec!["UnreadableFile"], Some(1)));
}

#[test]
fn no_output_repeats_a_secret() {
    let manifest = r#"apiVersion: v1
kind: Secret
metadata: {name: redis}
stringData: {password: hunter2, port: 4711}
---
apiVersion: v1
kind: Secret
metadata: {name: api}
data: {key: hunter2, other: [hunter2]}
---
apiVersion: v1
kind: Secret
metadata: {name: tls}
stringData: {tls: hunter2}
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata: {name: redis}
spec:
  secretTargetRef:
    - {parameter: password, name: redis, key: passwrd}
    - {parameter: tls, name: tls, key: tls}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: a}
spec:
  scaleTargetRef: {name: a}
  triggers:
    - type: redis
      metadata: {listName: q, address: "redis:6379", sentinelPassword: hunter2}
      authenticationRef: {name: redis}
    - type: metrics-api
      metadata: {url: "http://u:hunter2@", valueLocation: a, targetValue: "1", apiKey: hunter2}
"#;
    let (_folder, file) = written("secrets.yaml", manifest.as_bytes());
    for more in [&[][..], &["-o", "json"]] {
        let output = run_on(&file, more);
        assert_eq!(output.status.code(), Some(1));
        let text = stdout(&output) + &stderr(&output);
        assert!(
            !text.contains("hunter2") && !text.contains("4711"),
            "{text}"
        );
    }
}

#[test]
fn help_has_examples() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    for part in ["Examples:", "helm template", "Exit codes:", "\"findings\""] {
        assert!(stdout(&output).contains(part), "{}", stdout(&output));
    }
}
