use std::collections::BTreeMap;

use crate::Violation;

/// The kinds of cases that every scaler has, as `kind = "..."` in its `cases/*.toml`. That a case does
/// what its kind says is checked where it is read, by `scaler-testkit`.
pub const KINDS: [&str; 5] = ["happy", "empty", "bad-config", "refused", "malformed"];

/// Kinds that a scaler without a source cannot have: there is nobody to refuse or to babble.
const OF_A_SOURCE: [&str; 2] = ["refused", "malformed"];

/// One scaler's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScalerFolder {
    /// The files in it, as paths below it.
    pub files: Vec<String>,
    /// The kinds of its cases, of those that name one.
    pub kinds: Vec<String>,
    /// Whether any case has something that the scaler could ask: a server, or a directory.
    pub has_source: bool,
    /// Kinds that it has no case of, each with the reason: `package.metadata.penstock.without-cases`
    /// of its manifest.
    pub without: BTreeMap<String, String>,
}

/// Every scaler's folder is complete. `folders` has the name of each folder of the catalog.
pub fn complete_folders(folders: &BTreeMap<String, ScalerFolder>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (name, folder) in folders {
        let place = format!("scalers/catalog/{name}");
        let mut wrong = |message: String| violations.push(Violation::new(&place, message));
        for needed in ["Cargo.toml", "scaler.toml", "src/lib.rs"] {
            if !folder.files.iter().any(|f| f == needed) {
                wrong(format!("has no {needed}"));
            }
        }
        for kind in KINDS {
            let there = folder.kinds.iter().any(|k| k == kind);
            match folder.without.get(kind) {
                None if !there => wrong(format!("has no case with kind = {kind:?} (cases/*.toml)")),
                Some(_) if there => wrong(format!("has a case of kind {kind:?}: not without it")),
                _ => {}
            }
        }
        for (kind, reason) in &folder.without {
            if !OF_A_SOURCE.contains(&kind.as_str()) {
                wrong(format!(
                    "must have a case of kind {kind:?}, whatever the reason"
                ));
            } else if folder.has_source {
                wrong(format!(
                    "has a source in its cases, so one of kind {kind:?} can be written"
                ));
            } else if reason.trim().is_empty() {
                wrong(format!("does not say why it has no case of kind {kind:?}"));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> ScalerFolder {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        ScalerFolder {
            files: owned(&["Cargo.toml", "scaler.toml", "src/lib.rs"]),
            kinds: owned(&KINDS),
            has_source: true,
            without: BTreeMap::new(),
        }
    }

    fn without(kind: &str, reason: &str) -> ScalerFolder {
        let mut folder = complete();
        folder.has_source = false;
        folder.kinds.retain(|k| k != kind);
        folder.without.insert(kind.into(), reason.into());
        folder
    }

    fn wrong(folder: ScalerFolder) -> usize {
        complete_folders(&[("redis".to_string(), folder)].into()).len()
    }

    #[test]
    fn a_complete_folder_is_fine() {
        assert_eq!(wrong(complete()), 0);
    }

    #[test]
    fn each_missing_file_is_found() {
        for missing in complete().files {
            let mut folder = complete();
            folder.files.retain(|file| *file != missing);
            assert_eq!(wrong(folder), 1, "{missing}");
        }
    }

    #[test]
    fn each_missing_kind_is_found_however_many_cases_there_are() {
        for missing in KINDS {
            let mut folder = complete();
            folder.kinds.retain(|kind| kind != missing);
            folder.kinds.extend(folder.kinds.clone());
            assert_eq!(wrong(folder), 1, "{missing}");
        }
    }

    #[test]
    fn what_has_no_source_may_say_why_nobody_refuses_or_babbles() {
        for kind in OF_A_SOURCE {
            assert_eq!(wrong(without(kind, "it asks nobody")), 0, "{kind}");
            assert_eq!(wrong(without(kind, " ")), 1, "{kind}: no reason");
            let asks = ScalerFolder {
                has_source: true,
                ..without(kind, "too hard")
            };
            assert_eq!(wrong(asks), 1, "{kind}: there is a source");
            let both = ScalerFolder {
                kinds: complete().kinds,
                ..without(kind, "it asks nobody")
            };
            assert_eq!(wrong(both), 1, "{kind}: there is a case");
        }
        for kind in ["happy", "empty", "bad-config"] {
            assert_eq!(wrong(without(kind, "it is empty by nature")), 1, "{kind}");
        }
    }
}
