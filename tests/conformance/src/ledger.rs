use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::Verdict;

/// The kinds of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Configurations of the type's own cases.
    Parse,
    /// Configurations of types with the same parser.
    Shared,
    /// Names of metrics.
    Names,
    /// Answers of sources.
    Values,
}

impl Section {
    const ALL: [Self; 4] = [Self::Parse, Self::Shared, Self::Names, Self::Values];

    fn word(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Shared => "shared",
            Self::Names => "names",
            Self::Values => "values",
        }
    }
}

/// What became of one kind of cases of one type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cases that were asked.
    pub ran: usize,
    /// Cases that agreed.
    pub passed: usize,
    /// Disagreements that are kept on purpose.
    pub kept: usize,
    /// Cases that were left out, by reason.
    pub skipped: BTreeMap<String, usize>,
}

/// How many cases have to agree (`counts.toml`), and which need not (`kept.toml`).
#[derive(Debug)]
pub struct Ledger {
    counts: BTreeMap<String, BTreeMap<String, usize>>,
    kept: Vec<Kept>,
    tallies: BTreeMap<String, BTreeMap<Section, Tally>>,
    faults: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    #[serde(rename = "type")]
    trigger_type: String,
    case: String,
    reason: String,
    #[serde(skip)]
    used: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptFile {
    #[serde(default)]
    kept: Vec<Kept>,
}

impl Ledger {
    /// Reads both files of `folder`.
    ///
    /// # Errors
    /// When one cannot be read, or a kept disagreement has no reason.
    pub fn open(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read_to_string(&path).with_context(|| path.display().to_string())
        };
        Self::parse(&read("counts.toml")?, &read("kept.toml")?)
    }

    fn parse(counts: &str, kept: &str) -> Result<Self> {
        let counts: BTreeMap<String, BTreeMap<String, usize>> = toml::from_str(counts)?;
        for word in counts.values().flat_map(BTreeMap::keys) {
            let known = Section::ALL.iter().any(|s| s.word() == word);
            ensure!(known, "counts.toml: {word:?} is no kind of cases");
        }
        let kept = toml::from_str::<KeptFile>(kept)?.kept;
        for entry in &kept {
            let case = &entry.case;
            ensure!(
                !entry.reason.trim().is_empty(),
                "kept.toml: {case} has no reason"
            );
        }
        Ok(Self {
            counts,
            kept,
            tallies: BTreeMap::new(),
            faults: vec![],
        })
    }

    /// Writes down what a case came to.
    pub fn record(&mut self, trigger_type: &str, section: Section, case: &str, verdict: Verdict) {
        let kept = self
            .kept
            .iter_mut()
            .find(|k| k.trigger_type == trigger_type && k.case == case);
        let tallies = self.tallies.entry(trigger_type.to_string()).or_default();
        let tally = tallies.entry(section).or_default();
        if let Verdict::Skipped(reason) = verdict {
            *tally.skipped.entry(reason).or_default() += 1;
            return;
        }
        tally.ran += 1;
        match (verdict, kept) {
            (Verdict::Agrees, None) => tally.passed += 1,
            (Verdict::Agrees, Some(kept)) => {
                kept.used = true;
                tally.passed += 1;
                self.faults.push(format!(
                    "{trigger_type} {case}: agrees now, take it out of kept.toml"
                ));
            }
            (_, Some(kept)) => {
                kept.used = true;
                tally.kept += 1;
            }
            (Verdict::Differs(how), None) => {
                self.faults.push(format!("{trigger_type} {case}: {how}"));
            }
            (Verdict::Skipped(_), None) => {}
        }
    }

    /// One line a type and kind, and why cases were left out.
    pub fn report(&self) -> String {
        let mut text = String::from("KEDA's own cases: passed of ran, by trigger type\n");
        for (trigger_type, tallies) in &self.tallies {
            for (section, tally) in tallies {
                let Tally {
                    ran, passed, kept, ..
                } = tally;
                let word = section.word();
                // Writing into a string cannot fail.
                let _ = write!(
                    text,
                    "  {trigger_type:<20} {word:<7} {passed:>3} of {ran:>3}"
                );
                if *kept > 0 {
                    let _ = write!(text, ", {kept} kept different");
                }
                for (reason, count) in &tally.skipped {
                    let _ = write!(text, ", {count} left out ({reason})");
                }
                text.push('\n');
            }
        }
        text
    }

    /// All that is wrong; empty when nothing is.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.faults.clone();
        let none = Tally::default();
        let passed = |trigger_type: &str, section: Section| {
            let tallies = self.tallies.get(trigger_type);
            tallies
                .and_then(|t| t.get(&section))
                .unwrap_or(&none)
                .passed
        };
        for trigger_type in self.counts.keys().chain(self.tallies.keys()) {
            for section in Section::ALL {
                let (word, found) = (section.word(), passed(trigger_type, section));
                let counts = self.counts.get(trigger_type);
                let least = counts.and_then(|c| c.get(word)).copied().unwrap_or(0);
                let fault = match found.cmp(&least) {
                    std::cmp::Ordering::Less => {
                        format!("only {found} agree, counts.toml has {least}")
                    }
                    // Else what agrees today could be lost unseen.
                    std::cmp::Ordering::Greater => {
                        format!("{found} agree, write that into counts.toml (it has {least})")
                    }
                    std::cmp::Ordering::Equal => continue,
                };
                let fault = format!("{trigger_type} {word}: {fault}");
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
        }
        let unused = self.kept.iter().filter(|k| !k.used);
        faults.extend(unused.map(|k| {
            let (trigger_type, case) = (&k.trigger_type, &k.case);
            format!("{trigger_type} {case}: is in kept.toml, but was not run")
        }));
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: &str = "[[kept]]\ntype = \"x\"\ncase = \"odd\"\nreason = \"better so\"\n";

    fn ledger(counts: &str, kept: &str) -> Ledger {
        Ledger::parse(counts, kept).unwrap()
    }

    #[test]
    fn absent_cases_do_not_pass() {
        let faults = ledger("[x]\nparse = 3\n", "").faults();
        assert_eq!(faults, ["x parse: only 0 agree, counts.toml has 3"]);
    }

    #[test]
    fn what_agrees_must_be_counted() {
        let mut ledger = ledger("", "");
        ledger.record("x", Section::Names, "a", Verdict::Agrees);
        let expected = "x names: 1 agree, write that into counts.toml (it has 0)";
        assert_eq!(ledger.faults(), [expected]);
    }

    #[test]
    fn a_disagreement_is_a_fault_unless_it_is_kept() {
        let mut ledger = ledger("", KEPT);
        ledger.record("x", Section::Parse, "odd", Verdict::Differs("how".into()));
        assert!(ledger.faults().is_empty());
        ledger.record("x", Section::Parse, "even", Verdict::Differs("how".into()));
        assert_eq!(ledger.faults(), ["x even: how"]);
        assert!(
            ledger
                .report()
                .contains("parse     0 of   2, 1 kept different")
        );
    }

    #[test]
    fn a_kept_disagreement_has_a_reason_and_exists() {
        let unused = ledger("", KEPT).faults();
        assert_eq!(unused, ["x odd: is in kept.toml, but was not run"]);
        assert!(Ledger::parse("", &KEPT.replace("better so", " ")).is_err());
        let mut agrees = ledger("[x]\nparse = 1\n", KEPT);
        agrees.record("x", Section::Parse, "odd", Verdict::Agrees);
        assert_eq!(
            agrees.faults(),
            ["x odd: agrees now, take it out of kept.toml"]
        );
    }

    #[test]
    fn what_is_left_out_is_reported_with_its_reason() {
        let mut ledger = ledger("", "");
        for _ in 0..2 {
            let skipped = Verdict::Skipped("the clock".into());
            ledger.record("x", Section::Values, "a", skipped);
        }
        assert!(ledger.faults().is_empty());
        assert!(ledger.report().contains("0 of   0, 2 left out (the clock)"));
    }
}
