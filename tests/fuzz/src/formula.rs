use std::collections::BTreeMap;

use operator_scaling::formula::Formula;

const NAMES: [&str; 4] = ["queue", "http_rps", "not", "a1"];
const VALUES: [Option<f64>; 5] = [None, Some(0.0), Some(-1.5), Some(7.0), Some(1e300)];

/// Formulas: a result is finite and the same again; a refusal says why. Neither takes long
/// (libFuzzer's time-out) nor much stack.
pub fn formula(data: &[u8]) {
    crate::stack::small();
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let formula = match Formula::compile(text, NAMES) {
        Ok(formula) => formula,
        Err(error) => return assert!(!error.to_string().is_empty() && !error.reason().is_empty()),
    };
    assert_eq!(formula.text(), text);
    for (i, _) in VALUES.iter().enumerate() {
        let value = |n: usize| VALUES[(i + n) % VALUES.len()];
        let values: BTreeMap<_, _> = NAMES
            .iter()
            .enumerate()
            .map(|(n, name)| ((*name).to_string(), value(n)))
            .collect();
        let result = formula.evaluate(&values);
        assert_eq!(result, formula.evaluate(&values));
        match result {
            Ok(number) => assert!(number.is_none_or(f64::is_finite), "{number:?}"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
