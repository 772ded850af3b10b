//! The runner itself: what it accepts, and above all what it does not.

use std::fs;
use std::path::Path;

use runtime_types::{
    Checked, MetricSpec, Naming, Number, Outcome, ParameterError, Reading, Sample, Trigger,
    Unknown, UnknownReason,
};
use scaler_testkit::{Setting, Subject, load_cases, run};

/// Reads a number from its server, line by line.
#[derive(Default)]
struct Lines;

impl Subject for Lines {
    fn begin(&mut self, _: &Setting) {}

    fn check(&mut self, trigger: &Trigger) -> Result<Checked, Vec<ParameterError>> {
        if !trigger.metadata.contains_key("address") {
            return Err(vec![ParameterError {
                parameter: "address".to_string(),
                message: "address is missing".to_string(),
            }]);
        }
        let metric = MetricSpec {
            name: "lines".to_string(),
            naming: Naming::Standard,
            target: Number::Whole(5),
            fixed_type: None,
            activation: Some(Number::Whole(2)),
        };
        Ok(Checked {
            metrics: vec![metric],
            notices: Vec::new(),
        })
    }

    fn poll(&mut self, trigger: &Trigger) -> Outcome {
        use std::io::{BufRead as _, BufReader, Write as _};
        let ask = || -> std::io::Result<String> {
            let mut stream = std::net::TcpStream::connect(&trigger.metadata["address"])?;
            stream.write_all(b"how many?\n")?;
            let mut line = String::new();
            BufReader::new(stream).read_line(&mut line)?;
            Ok(line)
        };
        match ask() {
            Ok(line) => Outcome::Reading(Reading {
                samples: vec![Sample {
                    name: "lines".to_string(),
                    value: Ok(Number::Whole(line.trim().parse().unwrap_or(-1))),
                }],
                active: None,
            }),
            Err(e) => Outcome::Unknown(Unknown::new(UnknownReason::Unreachable, e.to_string())),
        }
    }
}

const HEAD: &str = "about = \"x\"\n[trigger]\ntype = \"lines\"\n";

fn attempt(text: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("cases")).unwrap();
    fs::write(
        folder.path().join("cases/one.toml"),
        format!("{HEAD}{text}"),
    )
    .unwrap();
    let cases = load_cases(folder.path()).map_err(|e| e.to_string())?;
    run(&cases[0], &mut Lines)
}

const SERVER: &str = r#"metadata = { address = "{tcp.a}" }
[[tcp.a.connection]]
steps = [{ expect = "how many?\n" }, { reply = "3\n" }]
"#;

#[test]
fn a_case_that_is_met_passes() {
    attempt(&format!(
        "{SERVER}
        [check]
        metrics = [{{ name = \"s0-lines\", target = \"5\", activation = \"2\" }}]
        [[poll]]
        values = {{ s0-lines = \"3\" }}
        active = true"
    ))
    .unwrap();
}

#[test]
fn every_difference_is_told() {
    for (text, told) in [
        (
            "[[poll]]\nvalues = { s0-lines = \"4\" }",
            "\"s0-lines\": \"4\"",
        ),
        (
            "[[poll]]\nvalues = { s0-lines = \"3\" }\nactive = false",
            "poll 1.active",
        ),
        ("[[poll]]\nunknown = { reason = \"TimedOut\" }", "TimedOut"),
        ("[[poll]]\nconfig = []", "Reading"),
        (
            "[[poll]]\nvalues = { s0-lines = \"3\" }\nnever = [\"Whole(3)\"]",
            "must not appear",
        ),
        (
            "[check]\nerrors = []\n[[poll]]\nvalues = { s0-lines = \"3\" }",
            "check",
        ),
        ("[check]\nmetrics = []", "connection 1 was never made"),
        (
            "[[poll]]\nvalues = { s0-lines = \"3\" }\n[[poll]]\nvalues = { s0-lines = \"3\" }",
            "connection 2 was not expected",
        ),
    ] {
        let difference = attempt(&format!("{SERVER}{text}")).expect_err(text);
        assert!(difference.contains(told), "{text}\n{difference}");
    }
    let unscripted = SERVER.replace("how many?", "how much?");
    let difference = attempt(&format!(
        "{unscripted}[[poll]]\nvalues = {{ s0-lines = \"3\" }}"
    ));
    let difference = difference.expect_err("the request is another");
    assert!(
        difference.contains("expected \"how much?\\n\""),
        "{difference}"
    );
}

#[test]
fn errors_of_parameters_are_compared_in_order() {
    attempt("[check]\nerrors = [{ param = \"address\", text = \"missing\" }]").unwrap();
    for text in [
        "[]",
        "[{ param = \"address\", text = \"wrong\" }]",
        "[{ text = \"missing\" }]",
    ] {
        attempt(&format!("[check]\nerrors = {text}")).expect_err(text);
    }
}

#[test]
fn a_refusing_server_refuses() {
    attempt(
        "metadata = { address = \"{tcp.a}\" }
        [tcp.a]
        refuse = true
        [[poll]]
        unknown = { reason = \"Unreachable\", text = \"refused\" }",
    )
    .unwrap();
}

#[test]
fn what_means_nothing_in_a_case_is_an_error() {
    for text in [
        "",
        "colour = \"red\"\n[check]\nerrors = []",
        "[check]\nerror = []",
        "[check]",
        "[[poll]]",
        "[[poll]]\nvalues = {}\nconfig = []",
        "[tcp.a]\nrefuse = false\n[check]\nerrors = []",
        "[[tcp.a.connection]]\nsteps = [{ say = \"x\" }]\n[check]\nerrors = []",
        "[[tcp.a.connection]]\nsteps = [{ silent = false }]\n[check]\nerrors = []",
        "[[tcp.a.connection]]\nsteps = [{ reply_hex = \"0\" }]\n[check]\nerrors = []",
        "metadata = { address = \"{tcp.b}\" }\n[check]\nmetrics = []",
    ] {
        attempt(text).expect_err(text);
    }
    assert!(load_cases(Path::new("/nowhere")).is_err());
}
