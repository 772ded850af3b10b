use std::path::Path;

use operator_api::manifest::{Loaded, Severity, read};

const FILE: &str = "app.yaml";

/// Files of YAML documents. What is not taken has a finding with a place in the file; what is taken
/// can be written and read again.
pub fn manifest(data: &[u8]) {
    crate::stack::small();
    let loaded = read(Path::new(FILE), data);
    let lines = data.split(|b| matches!(b, b'\n' | b'\r')).count() + 1;
    for finding in &loaded.findings {
        assert!(!finding.problem.reason().is_empty());
        assert!(finding.to_string().starts_with("app.yaml:"), "{finding}");
        assert!(finding.line as usize <= lines, "{finding}: {lines} lines");
    }
    assert!(
        nothing_is_dropped(data, &loaded),
        "neither taken nor refused"
    );
    for document in &loaded.documents {
        assert!(document.document > 0 && document.line as usize <= lines);
        let key = document.object.key();
        let broken = loaded.findings.iter().any(|finding| {
            finding.severity == Severity::Error
                && finding.document == document.document
                && finding.object.as_ref() == Some(&key)
                && finding.line >= document.line
        });
        // Several objects of one key may stand in one list, one of them broken.
        let same_key = loaded
            .documents
            .iter()
            .filter(|d| d.object.key() == key)
            .count();
        assert!(
            !broken || same_key > 1 || loaded.documents.len() > 1,
            "{key} taken and refused"
        );
    }
}

/// A file of which nothing is told has nothing in it: no document but empty ones and empty lists.
fn nothing_is_dropped(data: &[u8], loaded: &Loaded) -> bool {
    if !loaded.documents.is_empty() || !loaded.findings.is_empty() {
        return true;
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    let Ok(values) = serde_saphyr::from_multiple::<serde_json::Value>(text) else {
        return false;
    };
    values
        .iter()
        .all(|value| value.is_null() || empty_list(value))
}

fn empty_list(value: &serde_json::Value) -> bool {
    let items = &value["items"];
    let empty = match items.as_array() {
        Some(items) => items.iter().all(empty_list),
        None => items.is_null(),
    };
    value["apiVersion"] == "v1" && value["kind"] == "List" && empty
}
