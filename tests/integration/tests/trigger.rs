//! `penstock trigger`, as a user runs it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tests_integration::{penstock, scalers_folder};

/// A folder of files, which the scaler `spool` counts without any server.
struct Spool(tempfile::TempDir);

impl Spool {
    fn with(files: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in 0..files {
            std::fs::write(folder.path().join(format!("{file}.job")), "").unwrap();
        }
        Self(folder)
    }

    fn set(&self) -> String {
        format!("directory={}", self.0.path().display())
    }

    /// The part of the metric's name that is the folder's.
    fn name(&self) -> String {
        let name = self.0.path().file_name().unwrap();
        // As names of metrics have it.
        name.to_string_lossy().replace('.', "-")
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(penstock());
    command.arg("trigger").args(arguments);
    command.env("PENSTOCK_SCALERS", scalers_folder());
    command.env("PENSTOCK_CACHE_DIR", scalers_folder().join(".penstock"));
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// All that can be seen.
fn shown(output: &Output) -> String {
    stdout(output) + &String::from_utf8_lossy(&output.stderr)
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", shown(output)))
}

/// The answers to these lines.
fn answers(what: &str, lines: &[u8]) -> Vec<Value> {
    let mut child = command(&[what, "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines = lines.to_vec();
    let writing = std::thread::spawn(move || input.write_all(&lines).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let text = stdout(&output);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_check_names_metrics_and_targets() {
    let output = run(&[
        "check",
        "--type",
        "redis",
        "--set",
        "listName=q",
        "--set",
        "listLength=1000",
        "--set",
        "address=127.0.0.1:1",
        "--index",
        "2",
        "-o",
        "json",
    ]);
    assert_eq!(output.status.code(), Some(0));
    let metric = json!({"name": "s2-redis-q", "targetType": "AverageValue", "target": "1k"});
    assert_eq!(
        json_of(&output),
        json!({"ok": true, "errors": [], "metrics": [metric]})
    );
}

#[test]
fn a_check_of_wrong_parameters_says_which_and_ends_with_1() {
    let output = run(&[
        "check",
        "--type",
        "redis",
        "--set",
        "listNmae=q",
        "--set",
        "address=h:1",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(
        text.contains("missing required parameter \"listName\""),
        "{text}"
    );
    assert!(text.contains("did you mean listName?"), "{text}");
}

#[test]
fn a_type_that_nobody_provides_is_no_error_of_the_program() {
    for what in ["check", "poll"] {
        let output = run(&[what, "--type", "redsi"]);
        assert_eq!(output.status.code(), Some(1));
        let text = stdout(&output);
        let expected = "no scaler found for type: redsi, did you mean redis?";
        assert!(text.contains(expected), "{text}");
    }
    assert_eq!(run(&["describe", "redsi"]).status.code(), Some(1));
}

#[test]
fn what_cannot_run_ends_with_2() {
    for arguments in [
        &["check", "--type", "redis", "--scalers", "/nonexistent"][..],
        &[
            "check",
            "--type",
            "redis",
            "--auth",
            "password=env:PENSTOCK_NOT_SET",
        ],
        &[
            "check",
            "--type",
            "redis",
            "--auth",
            "password=file:/nonexistent",
        ],
        &["check"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn utilization_is_refused_in_kedas_words() {
    let line = json!({"type": "redis", "metricType": "Utilization",
        "metadata": {"listName": "q", "address": "h:1"}});
    let answers = answers("check", line.to_string().as_bytes());
    let message = "'Utilization' metric type is unsupported for external metrics, allowed values \
                   are 'Value' or 'AverageValue'";
    assert_eq!(
        answers[0]["errors"],
        json!([{"param": "metricType", "message": message}])
    );
    assert_eq!(answers[0]["ok"], json!(false));
}

#[test]
fn a_poll_says_what_would_be_done() {
    let spool = Spool::with(12);
    let set = spool.set();
    let arguments = ["poll", "--type", "spool", "--set", &set];
    let output = run(&[&arguments[..], &["-o", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let found = json_of(&output);
    assert_eq!(found["metrics"][0]["value"], json!("12"));
    assert_eq!(
        found["metrics"][0]["name"],
        json!(format!("s0-spool-{}", spool.name()))
    );
    assert_eq!(found["active"], json!(true));
    assert_eq!(found["replicas"], json!(3));
    assert!(found["latencyMs"].as_f64().unwrap() > 0.0);
    let text = stdout(&run(&arguments));
    assert!(
        text.contains("of 1 replica it would make 3: 12 at 5 a replica"),
        "{text}"
    );
}

#[test]
fn a_source_that_does_not_answer_has_a_reason_and_ends_with_1() {
    let arguments = ["poll", "--type", "spool", "--set", "directory=/nonexistent"];
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).contains("not known: NotFound: "),
        "{}",
        shown(&output)
    );
    let found = json_of(&run(&[&arguments[..], &["-o", "json"]].concat()));
    assert_eq!(
        (&found["ok"], &found["active"]),
        (&json!(true), &Value::Null)
    );
    assert!(found["metrics"][0].get("value").is_none());
    assert!(
        found["metrics"][0]["unknown"]
            .as_str()
            .unwrap()
            .starts_with("NotFound: ")
    );
}

#[test]
fn describe_lists_types_with_their_parameters() {
    let output = run(&["describe", "-o", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let types = json_of(&output);
    let redis = types
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["type"] == json!("redis"));
    let redis = redis.expect("redis is there");
    assert_eq!(redis["component"], json!("redis"));
    let names: Vec<_> = redis["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| &p["name"])
        .collect();
    assert!(names.contains(&&json!("listName")), "{names:?}");
    let text = stdout(&run(&["describe", "redis"]));
    assert!(
        text.contains("listName  (text; required; from metadata)"),
        "{text}"
    );
    assert!(stdout(&run(&["describe"])).contains("spool"));
}

#[test]
fn lines_are_answered_in_order_and_bad_ones_end_nothing() {
    let spool = Spool::with(1);
    let directory = spool.0.path();
    let good = json!({"id": "good", "type": "spool", "metadata": {"directory": directory}});
    let mut lines = format!(
        "{good}\n\n{{\"id\":2\n[]\n{}\n{}\n",
        json!({"id": {"n": 5}, "type": "spool", "metadata": {"directory": 5}}),
        json!({"id": 6, "type": "nope"}),
    )
    .into_bytes();
    lines.extend(b"\xff\xfe\n");
    lines.extend(good.to_string().into_bytes());
    for what in ["check", "poll"] {
        let answers = answers(what, &lines);
        let ids: Vec<_> = answers.iter().map(|a| a["id"].clone()).collect();
        let expected = json!(["good", null, null, null, {"n": 5}, 6, null, "good"]);
        assert_eq!(Value::Array(ids), expected);
        let ok: Vec<_> = answers.iter().map(|a| a["ok"] == json!(true)).collect();
        assert_eq!(ok, [true, false, false, false, false, false, false, true]);
        for answer in answers.iter().filter(|a| a["ok"] == json!(false)) {
            assert!(!answer["errors"][0]["message"].as_str().unwrap().is_empty());
        }
        assert_eq!(
            answers[4]["errors"][0]["param"],
            json!("metadata.directory")
        );
        assert_eq!(answers[5]["unsupported"], json!(true));
        assert_eq!(
            answers[0]["metrics"][0].get("value").is_some(),
            what == "poll"
        );
        assert_eq!(answers[0].get("active").is_some(), what == "poll");
    }
}

#[test]
fn ten_thousand_lines_are_answered_each_with_its_own() {
    let line = |n: usize| {
        json!({"id": n, "type": "redis", "triggerIndex": n,
        "metadata": {"listName": format!("q{n}"), "address": "h:1"}})
    };
    let lines: String = (0..10_000).map(|n| format!("{}\n", line(n))).collect();
    let answers = answers("check", lines.as_bytes());
    assert_eq!(answers.len(), 10_000);
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(answer["id"], json!(n));
        assert_eq!(
            answer["metrics"][0]["name"],
            json!(format!("s{n}-redis-q{n}"))
        );
    }
}

#[test]
fn an_answer_comes_before_the_next_line_is_sent() {
    use std::io::{BufRead, BufReader};
    let mut child = command(&["check", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for id in 0..3 {
        writeln!(input, "{}", json!({"id": id, "type": "nope"})).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["id"], json!(id));
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn secrets_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("password");
    std::fs::write(&file, "hunter2-file\n").unwrap();
    let from_file = format!("password=file:{}", file.display());
    let redis = [
        "--type",
        "redis",
        "--set",
        "listName=q",
        "--set",
        "address=127.0.0.1:1",
    ];
    let ways: [&[&str]; 6] = [
        &["--auth", "password=hunter2-literal"],
        &["--auth", "password=env:SECRET"],
        &["--auth", &from_file],
        &["--set", "passwordFromEnv=PW", "--env", "PW=hunter2-literal"],
        &["--set", "passwordFromEnv=SECRET", "--env", "SECRET"],
        // Not as it should be written: what refuses it must not quote it either.
        &["--auth", "hunter2-literal"],
    ];
    for what in ["check", "poll"] {
        for way in ways {
            for form in ["text", "json"] {
                let arguments = [&[what], &redis[..], way, &["-o", form]].concat();
                let mut command = command(&arguments);
                command
                    .env("SECRET", "hunter2-env")
                    .env("PENSTOCK_LOG", "debug");
                let text = shown(&command.output().unwrap());
                assert!(!text.contains("hunter2"), "{arguments:?}: {text}");
            }
        }
    }
    let line = json!({"type": "redis", "metadata": {"listName": "q"},
        "authParams": {"password": "hunter2-line", "tls": "hunter2-line"}});
    for answer in answers("poll", line.to_string().as_bytes()) {
        assert!(!answer.to_string().contains("hunter2"), "{answer}");
    }
}
