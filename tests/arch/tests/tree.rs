//! The checks, over the real tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use scaler_testkit::{Case, Kind, load_cases};
use tests_arch::{
    Crate, KINDS, ScalerFolder, SourceFile, Violation, catalog_is_flat, complete_folders,
    lower_layers_only, names_follow_paths, no_bare_spawn, no_forbidden_names, no_mod_rs,
    no_overlong_file, no_sleep_in_tests, no_unbounded_channel, read_crates, read_sources,
    short_lib_rs, walls, workspace_root,
};

fn assert_none(violations: &[Violation]) {
    let list: Vec<_> = violations.iter().map(|v| format!("  {v}\n")).collect();
    assert!(list.is_empty(), "{} found:\n{}", list.len(), list.concat());
}

fn crates() -> Vec<Crate> {
    read_crates(&workspace_root()).unwrap()
}

fn sources() -> Vec<SourceFile> {
    read_sources(&workspace_root()).unwrap()
}

#[test]
fn crates_are_named_after_their_paths() {
    assert_none(&names_follow_paths(&crates()));
}

#[test]
fn crates_depend_on_lower_layers_only() {
    assert_none(&lower_layers_only(&crates()));
}

#[test]
fn crates_keep_to_their_side_of_the_walls() {
    assert_none(&walls(&crates()));
}

#[test]
fn scalers_do_not_depend_on_one_another() {
    assert_none(&catalog_is_flat(&crates()));
}

#[test]
fn modules_are_named_after_files() {
    assert_none(&no_mod_rs(&sources()));
}

#[test]
fn each_lib_rs_is_a_table_of_contents() {
    assert_none(&short_lib_rs(&sources()));
}

#[test]
fn no_file_is_overlong() {
    assert_none(&no_overlong_file(&sources()));
}

#[test]
fn module_names_say_what_is_inside() {
    assert_none(&no_forbidden_names(&sources()));
}

#[test]
fn tasks_are_tracked() {
    assert_none(&no_bare_spawn(&sources()));
}

#[test]
fn queues_are_bounded() {
    assert_none(&no_unbounded_channel(&sources()));
}

#[test]
fn tests_do_not_sleep() {
    assert_none(&no_sleep_in_tests(&sources()));
}

#[test]
fn each_scaler_has_a_complete_folder() {
    let catalog = workspace_root().join("scalers/catalog");
    let mut folders = BTreeMap::new();
    for folder in fs::read_dir(catalog).unwrap() {
        let folder = folder.unwrap().path();
        if folder.is_dir() {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            folders.insert(name, scaler_folder(&folder));
        }
    }
    assert!(!folders.is_empty(), "there is no scaler");
    assert_none(&complete_folders(&folders));
}

#[test]
fn the_kinds_of_cases_are_those_of_the_testkit() {
    assert_eq!(Kind::ALL.map(Kind::name), KINDS);
}

fn scaler_folder(folder: &Path) -> ScalerFolder {
    let mut files = Vec::new();
    list(folder, folder, &mut files);
    let cases = load_cases(folder).unwrap_or_else(|e| panic!("{e}"));
    let kinds = cases.iter().filter_map(|case| case.kind);
    ScalerFolder {
        files,
        kinds: kinds.map(|kind| kind.name().to_string()).collect(),
        has_source: cases.iter().any(Case::has_source),
        without: without_cases(&folder.join("Cargo.toml")),
    }
}

/// `package.metadata.penstock.without-cases`.
fn without_cases(manifest: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let manifest: toml::Table = text.parse().unwrap();
    let path = ["package", "metadata", "penstock", "without-cases"];
    let mut table = Some(&manifest);
    for name in path {
        table = table.and_then(|t| t.get(name)).and_then(|v| v.as_table());
    }
    let reasons = table.into_iter().flatten();
    reasons
        .map(|(kind, reason)| {
            (
                kind.clone(),
                reason.as_str().unwrap_or_default().to_string(),
            )
        })
        .collect()
}

fn list(root: &Path, folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(root, &path, files);
        } else {
            let below = path.strip_prefix(root).unwrap();
            files.push(below.to_string_lossy().replace('\\', "/"));
        }
    }
}
