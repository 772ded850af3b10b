//! The label selector that says whose metric is asked for.

mod requirement;

use std::collections::BTreeMap;

/// The label that names the scaled object.
const OBJECT_LABEL: &str = "scaledobject.keda.sh/name";

/// Longer selectors are not read: names and values of a few labels are meant.
const MAX_SELECTOR_BYTES: usize = 4096;

/// A selector that names no scaled object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SelectorError {
    /// It is no label selector.
    #[error("unable to parse requirement: {0}")]
    Syntax(String),
    /// It asks for more than that labels have values.
    #[error("invalid selector: [{0}]")]
    NotEquality(String),
    /// The label is not in it.
    #[error("scaledObject name is not specified")]
    NoObject,
}

/// The name of the scaled object in the selector's text. `a=b` and `a==b` may stand beside it.
pub(crate) fn scaled_object(selector: &str) -> Result<String, SelectorError> {
    if selector.len() > MAX_SELECTOR_BYTES {
        let text = format!(
            "the selector has {} bytes, the most is {MAX_SELECTOR_BYTES}",
            selector.len()
        );
        return Err(SelectorError::Syntax(text));
    }
    let requirements = requirement::parse(selector).map_err(SelectorError::Syntax)?;
    let mut labels = BTreeMap::new();
    for requirement in requirements {
        match requirement.equality() {
            Some(value) => labels.insert(requirement.key.clone(), value.to_string()),
            None => return Err(SelectorError::NotEquality(requirement.to_string())),
        };
    }
    let name = labels.remove(OBJECT_LABEL);
    name.filter(|name| !name.is_empty())
        .ok_or(SelectorError::NoObject)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_object_is_named_by_its_label() {
        for selector in [
            "scaledobject.keda.sh/name=worker",
            "scaledobject.keda.sh/name==worker",
            " scaledobject.keda.sh/name = worker ",
            "app=x,scaledobject.keda.sh/name=worker,empty=",
            "scaledobject.keda.sh/name=first,scaledobject.keda.sh/name=worker",
        ] {
            let name = scaled_object(selector);
            assert_eq!(name.as_deref(), Ok("worker"), "{selector}");
        }
    }

    #[test]
    fn a_selector_without_the_label_names_nothing() {
        for selector in ["", "app=x", "scaledobject.keda.sh/name="] {
            let error = scaled_object(selector).unwrap_err();
            let text = "scaledObject name is not specified";
            assert_eq!(error.to_string(), text, "{selector}");
        }
    }

    #[test]
    fn sets_and_inequalities_are_refused_with_their_own_text() {
        for (selector, shown) in [
            ("a in (b)", "a in (b)"),
            ("a in (c, b)", "a in (b,c)"),
            ("a notin (b)", "a notin (b)"),
            ("a!=b", "a!=b"),
            ("a", "a"),
            ("!a", "!a"),
            ("a>5", "a>5"),
            ("scaledobject.keda.sh/name=x,a<5", "a<5"),
        ] {
            let error = scaled_object(selector).unwrap_err();
            assert_eq!(error.to_string(), format!("invalid selector: [{shown}]"));
        }
    }

    #[test]
    fn what_is_no_selector_is_a_syntax_error() {
        for selector in [
            "=", "a=b,", ",a=b", "a in b", "a in (b", "a=(b)", "!", "a=b c", "a==b==c", "!a=b",
            "-a=b", "a=b/c", "x/y/z=b", "a=\u{e4}",
        ] {
            let error = scaled_object(selector).unwrap_err();
            assert!(
                matches!(error, SelectorError::Syntax(_)),
                "{selector}: {error}"
            );
        }
        let long = format!("a={}", "b".repeat(64));
        assert!(matches!(
            scaled_object(&long),
            Err(SelectorError::Syntax(_))
        ));
        let endless = "a=b,".repeat(5000);
        assert!(matches!(
            scaled_object(&endless),
            Err(SelectorError::Syntax(_))
        ));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,64}|[a-z=!<>(), in/.]{0,40}") {
            if let Ok(name) = scaled_object(&text) {
                prop_assert!(text.contains(&name));
                prop_assert!(text.contains(OBJECT_LABEL));
            }
        }

        #[test]
        fn a_valid_name_is_found_among_other_labels(
            name in "[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?",
            others in proptest::collection::vec(("[a-z]{1,8}", "[a-z0-9]{0,8}"), 0..5),
        ) {
            let mut parts: Vec<_> = others.iter().map(|(k, v)| format!("{k}={v}")).collect();
            parts.insert(parts.len() / 2, format!("{OBJECT_LABEL}={name}"));
            prop_assert_eq!(scaled_object(&parts.join(",")), Ok(name));
        }
    }
}
