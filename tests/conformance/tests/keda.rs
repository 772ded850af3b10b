//! KEDA's own cases for every trigger type that a component provides.

use std::io::Write;

use anyhow::Result;
use serde_json::Value;
use tests_conformance::stub::Stubs;
use tests_conformance::{
    Fixtures, Ledger, Program, Section, TypeCases, Verdict, crate_folder, judge, question,
    translate, types,
};

#[test]
fn kedas_own_cases_agree() {
    let Some(fixtures) = Fixtures::find().unwrap() else {
        say("left out: KEDA's own cases (name their folder with PENSTOCK_FIXTURES)\n");
        return;
    };
    let mut ledger = Ledger::open(&crate_folder()).unwrap();
    let mut check = Program::start("check").unwrap();
    let mut poll = Program::start("poll").unwrap();
    for trigger_type in types().unwrap() {
        // Ours alone.
        let Some(cases) = fixtures.cases(&trigger_type).unwrap() else {
            continue;
        };
        let TypeCases {
            parse,
            shared,
            names,
            values,
        } = cases;
        for (section, cases, judge) in [
            (Section::Parse, parse, judge::parse as Judge),
            (Section::Shared, shared, judge::parse),
            (Section::Names, names, judge::name),
        ] {
            for case in cases {
                let verdict = match question::check(&trigger_type, &case) {
                    Ok(line) => judge(&case, &check.ask(&line).unwrap()),
                    Err(reason) => Verdict::Skipped(reason),
                };
                ledger.record(&trigger_type, section, id(&case), verdict);
            }
        }
        for case in values.iter().map(translate::to_black_box) {
            let verdict = ask_source(&mut poll, &fixtures, &trigger_type, &case).unwrap();
            ledger.record(&trigger_type, Section::Values, id(&case), verdict);
        }
    }
    say(&ledger.report());
    let faults = ledger.faults();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

type Judge = fn(&Value, &Value) -> Verdict;

fn ask_source(
    poll: &mut Program,
    fixtures: &Fixtures,
    trigger_type: &str,
    case: &Value,
) -> Result<Verdict> {
    if let Err(reason) = question::poll(trigger_type, case) {
        return Ok(Verdict::Skipped(reason));
    }
    let (stubs, case) = match Stubs::start(case, &fixtures.folder()) {
        Ok(started) => started,
        Err(reason) => return Ok(Verdict::Skipped(reason)),
    };
    let line = match question::poll(trigger_type, &case) {
        Ok(line) => line,
        Err(reason) => return Ok(Verdict::Skipped(reason)),
    };
    let verdict = judge::value(&case, &poll.ask(&line)?);
    let complaints = stubs.complaints();
    Ok(match complaints.is_empty() {
        true => verdict,
        false => Verdict::Differs(format!("{verdict:?}; {}", complaints.join("; "))),
    })
}

fn id(case: &Value) -> &str {
    case["id"].as_str().unwrap_or("a case without an id")
}

/// Past the test harness, which swallows what passing tests print.
fn say(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
