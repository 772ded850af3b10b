use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use operator_api::manifest::{Severity, read};
use operator_api::{Document, Finding, ObjectKey, Problem};

use super::Scan;

/// What the files ask for, file by file, with what each last asked for without error.
#[derive(Debug, Default)]
pub struct Desired {
    files: BTreeMap<PathBuf, Known>,
    unlisted: Vec<Finding>,
}

#[derive(Debug, Default)]
struct Known {
    /// Of the bytes last read: a digest, so that no copy of a secret is kept for this alone.
    digest: Option<u64>,
    /// The last good state of each object.
    documents: BTreeMap<ObjectKey, Document>,
    /// Those of them that are kept from an earlier content.
    kept: BTreeSet<ObjectKey>,
    findings: Vec<Finding>,
    /// It was not there at the last look.
    missed: bool,
}

/// What came of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looked {
    /// The snapshot is another one.
    pub changed: bool,
    /// Another look should follow soon: a file that is missing is given up only at the second look,
    /// since editors and deployments remove files for a moment while they replace them.
    pub again: bool,
}

/// What the files ask for, all together.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The objects.
    pub objects: BTreeMap<ObjectKey, Document>,
    /// Those of them whose files are broken now: this is their last good state.
    pub kept: BTreeSet<ObjectKey>,
    /// Everything to tell the user.
    pub findings: Vec<Finding>,
}

impl Desired {
    /// Takes a look into account.
    pub fn update(&mut self, scan: Scan) -> Looked {
        let mut looked = Looked::default();
        let unlisted: Vec<_> = scan
            .unlisted
            .iter()
            .map(|(path, e)| unreadable(path, e))
            .collect();
        looked.changed = unlisted != std::mem::replace(&mut self.unlisted, unlisted.clone());
        let missing = |path: &Path| match scan.files.get(path) {
            Some(Err(error)) => error.kind() == io::ErrorKind::NotFound,
            Some(Ok(_)) => false,
            None => !path
                .parent()
                .is_some_and(|parent| scan.unlisted.contains_key(parent)),
        };
        for (path, known) in &mut self.files {
            let missed = std::mem::replace(&mut known.missed, missing(path));
            if known.missed && missed && !known.documents.is_empty() {
                known.documents.clear();
                known.kept.clear();
                looked.changed = true;
            }
            looked.again |= known.missed && !known.documents.is_empty();
        }
        self.files.retain(|path, known| {
            let stays =
                !known.missed || !known.documents.is_empty() || scan.files.contains_key(path);
            // Its findings go with it.
            looked.changed |= !stays;
            stays
        });
        for (path, content) in scan.files {
            let known = self.files.entry(path.clone()).or_default();
            looked.changed |= match content {
                Ok(bytes) => known.take(&path, &bytes),
                Err(error) => known.fail(unreadable(&path, &error)),
            };
        }
        looked
    }

    /// What the files ask for, all together. Of two objects with one key the first counts, in the
    /// order of the files' names.
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot {
            findings: self.unlisted.clone(),
            ..Snapshot::default()
        };
        for known in self.files.values() {
            snapshot.findings.extend(known.findings.iter().cloned());
            for (key, document) in &known.documents {
                if let Some(first) = snapshot.objects.get(key) {
                    snapshot.findings.push(duplicate(document, first));
                    continue;
                }
                snapshot.objects.insert(key.clone(), document.clone());
                if known.kept.contains(key) {
                    snapshot.kept.insert(key.clone());
                }
            }
        }
        snapshot
    }
}

impl Known {
    /// Returns whether anything changed.
    fn take(&mut self, path: &Path, bytes: &[u8]) -> bool {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let digest = Some(hasher.finish());
        if self.digest == digest {
            return false;
        }
        self.digest = digest;
        let loaded = read(path, bytes);
        // Without its key nobody knows which object a broken document was: all stay.
        let all = loaded.errors().any(|finding| finding.object.is_none());
        let broken: BTreeSet<ObjectKey> = loaded.broken().cloned().collect();
        self.findings = loaded.findings;
        let mut documents = BTreeMap::new();
        for document in loaded.documents {
            let key = document.object.key();
            match documents.get(&key) {
                Some(first) => self.findings.push(duplicate(&document, first)),
                None => {
                    documents.insert(key, document);
                }
            }
        }
        self.kept.clear();
        for (key, document) in std::mem::take(&mut self.documents) {
            if !documents.contains_key(&key) && (all || broken.contains(&key)) {
                self.kept.insert(key.clone());
                documents.insert(key, document);
            }
        }
        self.documents = documents;
        true
    }

    /// Returns whether anything changed.
    fn fail(&mut self, finding: Finding) -> bool {
        self.digest = None;
        self.kept = self.documents.keys().cloned().collect();
        let findings = vec![finding];
        std::mem::replace(&mut self.findings, findings.clone()) != findings
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Finding {
    Finding {
        severity: Severity::Error,
        file: path.into(),
        document: 0,
        line: 0,
        column: 0,
        object: None,
        path: String::new(),
        problem: Problem::Unreadable(format!("cannot be read: {error}")),
    }
}

fn duplicate(document: &Document, first: &Document) -> Finding {
    let key = document.object.key();
    Finding {
        severity: Severity::Warning,
        file: document.file.clone(),
        document: document.document,
        line: document.line,
        column: 1,
        object: Some(key.clone()),
        path: String::new(),
        problem: Problem::Duplicate {
            key,
            place: format!("{}:{}", first.file.display(), first.line),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(files: &[(&str, &str)]) -> Scan {
        let files = files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), Ok(text.as_bytes().to_vec())));
        Scan {
            files: files.collect(),
            ..Scan::default()
        }
    }

    fn map(name: &str, value: &str) -> String {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{k: {value}}}\n---\n"
        )
    }

    /// Name and value of each ConfigMap.
    fn values(desired: &Desired) -> Vec<(String, String)> {
        let snapshot = desired.snapshot();
        let value = |document: &Document| match &document.object {
            operator_api::Object::ConfigMap(map) => map.data["k"].clone(),
            _ => String::new(),
        };
        snapshot
            .objects
            .iter()
            .map(|(key, d)| (key.name.clone(), value(d)))
            .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(a, b)| (a.to_string(), b.to_string()))
            .collect()
    }

    #[test]
    fn a_broken_document_keeps_its_last_good_state_and_the_others_go_on() {
        let mut desired = Desired::default();
        desired.update(look(&[("f", &(map("a", "one") + &map("b", "one")))]));
        desired.update(look(&[("f", &(map("a", "[]") + &map("b", "two")))]));
        assert_eq!(values(&desired), pairs(&[("a", "one"), ("b", "two")]));
        let snapshot = desired.snapshot();
        assert_eq!(
            snapshot
                .kept
                .iter()
                .map(|k| k.name.as_str())
                .collect::<Vec<_>>(),
            ["a"]
        );
        assert_eq!(snapshot.findings.len(), 1);

        desired.update(look(&[("f", &(map("a", "three") + &map("b", "two")))]));
        assert_eq!(values(&desired), pairs(&[("a", "three"), ("b", "two")]));
        assert!(desired.snapshot().kept.is_empty());
    }

    #[test]
    fn a_file_that_is_no_yaml_keeps_all_its_objects_and_says_where_it_broke() {
        let mut desired = Desired::default();
        desired.update(look(&[("f", &map("a", "one")), ("g", &map("c", "one"))]));
        desired.update(look(&[("f", "x: [\n"), ("g", &map("c", "two"))]));
        assert_eq!(values(&desired), pairs(&[("a", "one"), ("c", "two")]));
        assert_eq!(
            desired.snapshot().findings[0].problem.reason(),
            "InvalidYaml"
        );
    }

    #[test]
    fn an_object_that_left_its_file_is_removed() {
        let mut desired = Desired::default();
        desired.update(look(&[("f", &(map("a", "one") + &map("b", "one")))]));
        desired.update(look(&[("f", &map("b", "one"))]));
        assert_eq!(values(&desired), pairs(&[("b", "one")]));
    }

    #[test]
    fn a_file_is_given_up_at_the_second_look_that_misses_it() {
        let mut desired = Desired::default();
        desired.update(look(&[("d/f", &map("a", "one"))]));
        assert!(desired.update(look(&[])).again, "another look is asked for");
        assert_eq!(values(&desired), pairs(&[("a", "one")]));
        let looked = desired.update(look(&[]));
        assert!(looked.changed && !looked.again);
        assert_eq!(values(&desired), []);

        desired.update(look(&[("d/f", &map("a", "one"))]));
        desired.update(look(&[]));
        desired.update(look(&[("d/f", &map("a", "two"))]));
        desired.update(look(&[]));
        assert_eq!(values(&desired), pairs(&[("a", "two")]));
    }

    #[test]
    fn a_named_file_that_is_missing_is_an_error_at_once() {
        let mut desired = Desired::default();
        let missing = || {
            let error = io::Error::from(io::ErrorKind::NotFound);
            Scan {
                files: [(PathBuf::from("f"), Err(error))].into(),
                ..Scan::default()
            }
        };
        assert!(!desired.update(missing()).again);
        assert_eq!(
            desired.snapshot().findings[0].problem.reason(),
            "UnreadableFile"
        );
        desired.update(look(&[("f", &map("a", "one"))]));
        assert!(desired.snapshot().findings.is_empty());
        assert!(desired.update(missing()).again);
        assert_eq!(values(&desired), pairs(&[("a", "one")]));
        desired.update(missing());
        assert_eq!(values(&desired), []);
    }

    #[test]
    fn what_cannot_be_read_keeps_its_objects() {
        let mut desired = Desired::default();
        desired.update(look(&[("d/f", &map("a", "one"))]));
        let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
        for _ in 0..3 {
            let scan = Scan {
                files: [("d/f".into(), Err(denied()))].into(),
                ..Scan::default()
            };
            assert!(!desired.update(scan).again);
            let scan = Scan {
                unlisted: [("d".into(), denied())].into(),
                ..Scan::default()
            };
            assert!(!desired.update(scan).again);
        }
        assert_eq!(values(&desired), pairs(&[("a", "one")]));
        assert_eq!(desired.snapshot().findings.len(), 2);
    }

    #[test]
    fn the_first_of_two_objects_with_one_key_counts() {
        let mut desired = Desired::default();
        let twice = map("a", "one") + &map("a", "two");
        desired.update(look(&[("f", &twice), ("g", &map("a", "three"))]));
        assert_eq!(values(&desired), pairs(&[("a", "one")]));
        let texts: Vec<_> = desired
            .snapshot()
            .findings
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(texts.len(), 2);
        assert!(
            texts[1].starts_with("g:1:1: ConfigMap default/a: already defined at f:1"),
            "{texts:?}"
        );
    }
}
