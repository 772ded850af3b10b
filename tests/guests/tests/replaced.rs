//! Component files come, go and change while their triggers are polled.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use runtime_host::{AotCache, Catalog, CatalogConfig};
use runtime_types::{Outcome, UnknownReason};
use tests_guests::{described, failure, trigger};

/// The hostile component's bytes, described as another version.
fn version(number: u32) -> Vec<u8> {
    let json = format!(
        r#"{{"schema":1,"name":"hostile","version":"{number}","lifecycle":"warm",
            "types":[{{"type":"hostile"}}]}}"#
    );
    described("hostile", &json)
}

/// As package managers and `cp` to another name followed by `mv` do.
fn replace(file: &Path, bytes: &[u8]) {
    let temporary = file.with_extension("tmp");
    std::fs::write(&temporary, bytes).unwrap();
    std::fs::rename(temporary, file).unwrap();
}

fn catalog(folder: &Path) -> (Catalog, PathBuf) {
    let scalers = folder.join("scalers");
    std::fs::create_dir(&scalers).unwrap();
    let config = CatalogConfig {
        cache: Some(AotCache::open(folder.join("aot")).unwrap()),
        ..CatalogConfig::new(vec![scalers.clone()])
    };
    (Catalog::open(config).unwrap(), scalers.join("hostile.wasm"))
}

fn version_in_use(catalog: &Catalog) -> String {
    catalog.entries()[0].description.version.clone()
}

#[tokio::test]
async fn the_next_poll_uses_the_file_that_is_there_and_none_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let (catalog, file) = catalog(folder.path());
    let mut polled = catalog.open_trigger(Arc::new(trigger("good", "poll", &[])));
    let missing = failure(polled.poll().await);
    assert_eq!(missing.reason, UnknownReason::Unloadable);
    assert_eq!(missing.message, "no scaler found for type: hostile");

    replace(&file, &version(1));
    assert!(matches!(polled.poll().await, Outcome::Reading(_)));
    assert_eq!(version_in_use(&catalog), "1");

    replace(&file, &version(2));
    assert!(matches!(polled.poll().await, Outcome::Reading(_)));
    assert_eq!(version_in_use(&catalog), "2");
    assert_eq!(
        polled.counts().warm,
        0,
        "an instance outlived its component"
    );

    // Broken, empty, gone: the last good one stays, and the fault is known.
    replace(&file, &version(3)[..5000]);
    assert!(matches!(polled.poll().await, Outcome::Reading(_)));
    assert_eq!(version_in_use(&catalog), "2");
    assert_eq!(catalog.faults()[0].reason, "NotAComponent");
    replace(&file, b"");
    assert!(matches!(polled.poll().await, Outcome::Reading(_)));
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(polled.poll().await, Outcome::Reading(_)));

    replace(&file, &version(4));
    assert!(matches!(polled.poll().await, Outcome::Reading(_)));
    assert_eq!(version_in_use(&catalog), "4");
    assert!(catalog.faults().is_empty());
    assert_eq!(polled.counts().failures, 1);
}

#[tokio::test]
async fn a_component_that_was_compiled_before_comes_from_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let (catalog, file) = catalog(folder.path());
    replace(&file, &version(1));
    let trigger = trigger("good", "poll", &[]);
    catalog.check(&trigger).await.unwrap();
    let kept = || -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder.path().join("aot")).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "aot"))
            .collect()
    };
    let entries = kept();
    assert_eq!(entries.len(), 1);
    let written = std::fs::metadata(&entries[0]).unwrap().modified().unwrap();

    let config = CatalogConfig {
        cache: Some(AotCache::open(folder.path().join("aot")).unwrap()),
        ..CatalogConfig::new(vec![folder.path().join("scalers")])
    };
    let again = Catalog::open(config).unwrap();
    again.check(&trigger).await.unwrap();
    assert_eq!(kept(), entries);
    let now = std::fs::metadata(&entries[0]).unwrap().modified().unwrap();
    assert_eq!(now, written, "compiled again");
}

#[tokio::test]
async fn two_files_for_one_type_are_a_fault_of_the_later_one() {
    let folder = tempfile::tempdir().unwrap();
    let (catalog, file) = catalog(folder.path());
    replace(&file, &version(1));
    replace(&file.with_file_name("later.wasm"), &version(2));
    assert_eq!(version_in_use(&catalog), "1");
    let faults = catalog.faults();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].reason, "Shadowed");
    assert!(faults[0].path.ends_with("later.wasm"));
}
