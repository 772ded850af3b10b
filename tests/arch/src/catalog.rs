use std::collections::BTreeMap;

use crate::Violation;

/// Happy, empty, bad config, refused, malformed reply.
pub const LEAST_CASES: usize = 5;

/// Every scaler's folder is complete. `folders` has the name of each folder of the catalog, and
/// the files in it as paths below the folder.
pub fn complete_folders(folders: &BTreeMap<String, Vec<String>>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (folder, files) in folders {
        let place = format!("scalers/catalog/{folder}");
        for needed in ["Cargo.toml", "scaler.toml", "src/lib.rs"] {
            if !files.iter().any(|f| f == needed) {
                violations.push(Violation::new(&place, format!("has no {needed}")));
            }
        }
        let cases = files
            .iter()
            .filter(|f| f.starts_with("cases/") && f.ends_with(".toml"))
            .count();
        if cases < LEAST_CASES {
            let message = format!(
                "has {cases} of at least {LEAST_CASES} cases (cases/*.toml): happy, empty, bad \
                 config, refused, malformed reply"
            );
            violations.push(Violation::new(&place, message));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> BTreeMap<String, Vec<String>> {
        let files = files.iter().map(ToString::to_string).collect();
        [("redis".to_string(), files)].into()
    }

    const COMPLETE: [&str; 8] = [
        "Cargo.toml",
        "scaler.toml",
        "src/lib.rs",
        "cases/happy.toml",
        "cases/empty.toml",
        "cases/bad-config.toml",
        "cases/refused.toml",
        "cases/malformed.toml",
    ];

    #[test]
    fn a_complete_folder_is_fine() {
        assert!(complete_folders(&folder(&COMPLETE)).is_empty());
    }

    #[test]
    fn each_missing_file_is_found() {
        for missing in COMPLETE {
            let files: Vec<_> = COMPLETE.into_iter().filter(|f| *f != missing).collect();
            assert_eq!(complete_folders(&folder(&files)).len(), 1, "{missing}");
        }
    }
}
