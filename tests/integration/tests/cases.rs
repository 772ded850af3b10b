//! Every scaler's cases, through its component. They run natively in the scaler's own crate.

use scaler_testkit::{load_cases, run};
use tests_integration::{ComponentSubject, catalog_folders};

#[test]
fn every_scalers_cases_hold_in_its_component_too() {
    let mut subject = ComponentSubject::new();
    let mut failures = Vec::new();
    let mut count = 0;
    for folder in catalog_folders() {
        let cases = load_cases(&folder).unwrap();
        assert!(!cases.is_empty(), "{} has no cases", folder.display());
        for case in &cases {
            count += 1;
            if let Err(difference) = run(case, &mut subject) {
                failures.push(format!("{}: {difference}", folder.display()));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    assert!(count >= 5, "only {count} cases were found");
}
