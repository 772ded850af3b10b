//! Files that cannot be loaded, or not be started: each is one fault, and the rest goes on.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime_host::compiler::Compiler;
use runtime_host::{Catalog, CatalogConfig, Limits};
use runtime_types::{Trigger, UnknownReason};
use tests_guests::{Neighbours, Sandbox, bomb, component_file, failure};

fn of_type(trigger_type: &str) -> Trigger {
    Trigger {
        trigger_type: trigger_type.into(),
        ..Trigger::default()
    }
}

/// A catalog of one file.
fn catalog(folder: &Path, bytes: &[u8], limits: Limits) -> Catalog {
    std::fs::write(folder.join("x.wasm"), bytes).unwrap();
    let compiler = std::env::var_os("PENSTOCK_BIN").map(Compiler::of);
    assert!(
        compiler.is_some(),
        "PENSTOCK_BIN is not set; run the tests with `cargo xtask test`"
    );
    Catalog::open(CatalogConfig {
        limits,
        compiler,
        ..CatalogConfig::new(vec![folder.to_path_buf()])
    })
    .unwrap()
}

/// The older component with all `from` replaced by `to`, which must be as long.
fn patched(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = std::fs::read(component_file("older")).unwrap();
    let mut found = 0;
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from.as_bytes()) {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
            found += 1;
        }
    }
    assert!(found > 0, "there is no {from}");
    bytes
}

#[test]
fn what_is_no_component_is_a_fault_that_says_so() {
    let whole = std::fs::read(component_file("older")).unwrap();
    let random: Vec<u8> = (0..100_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let cases: [(&str, &[u8], &str); 5] = [
        ("a core module", b"\0asm\x01\0\0\0", "NotAComponent"),
        ("nothing", b"", "NotAComponent"),
        ("random bytes", &random, "NotAComponent"),
        (
            "half a component",
            &whole[..whole.len() / 2],
            "NotAComponent",
        ),
        (
            "an empty component",
            b"\0asm\x0d\0\x01\0",
            "DescriptionInvalid",
        ),
    ];
    for (what, bytes, reason) in cases {
        let folder = tempfile::tempdir().unwrap();
        let catalog = catalog(folder.path(), bytes, Limits::default());
        assert!(catalog.entries().is_empty(), "{what}");
        assert_eq!(catalog.faults()[0].reason, reason, "{what}");
    }
}

#[tokio::test]
async fn another_version_of_the_contract_is_refused_by_name() {
    for (from, to, told) in [
        (
            "scaler/scaler@0.1.0",
            "scaler/scaler@7.1.0",
            "penstock:scaler/scaler",
        ),
        (
            "scaler/log@0.1.0",
            "scaler/log@7.1.0",
            "penstock:scaler/log@7.1.0",
        ),
        (
            "scaler/log@0.1.0",
            "scaler/lug@0.1.0",
            "penstock:scaler/lug@0.1.0",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let catalog = catalog(folder.path(), &patched(from, to), Limits::default());
        let refused = failure(
            catalog
                .open_trigger(Arc::new(of_type("older")))
                .poll()
                .await,
        );
        assert_eq!(refused.reason, UnknownReason::Unloadable, "{refused}");
        assert!(refused.message.contains(told), "{refused}");
        assert_eq!(catalog.faults()[0].reason, "ContractMismatch");
    }
}

#[tokio::test]
async fn a_component_that_never_finishes_starting_is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let starting = sandbox.poll_failure(of_type("starting"));
    let cut_off = neighbours.unharmed_by(starting).await;
    assert_eq!(cut_off.reason, UnknownReason::LimitExceeded, "{cut_off}");
    // Its start runs before the first call of it, which is where it is noticed.
    assert!(cut_off.message.contains("computed for longer"), "{cut_off}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_made_to_compile_for_ever_dies_in_its_own_process() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        compile_timeout: Duration::from_secs(2),
        ..Limits::default()
    };
    let catalog = catalog(folder.path(), &bomb("bomb"), limits);
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let mut bombed = catalog.open_trigger(Arc::new(of_type("bomb")));
    let begun = Instant::now();
    let refused = failure(neighbours.unharmed_by(bombed.poll()).await);
    assert_eq!(refused.reason, UnknownReason::Unloadable, "{refused}");
    assert!(refused.message.contains("does not compile"), "{refused}");
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    // It is not tried again until the file changes.
    let again = failure(bombed.poll().await);
    assert_eq!(again.reason, UnknownReason::Unloadable);
}

#[tokio::test]
async fn a_compiler_that_takes_too_much_memory_ends_alone() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        compile_bytes: 200 << 20,
        ..Limits::default()
    };
    let catalog = catalog(folder.path(), &bomb("bomb"), limits);
    let refused = failure(catalog.open_trigger(Arc::new(of_type("bomb"))).poll().await);
    assert_eq!(refused.reason, UnknownReason::Unloadable, "{refused}");
    assert!(refused.message.contains("does not compile"), "{refused}");
}
