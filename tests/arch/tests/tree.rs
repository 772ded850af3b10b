//! The checks, over the real tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tests_arch::{
    Crate, SourceFile, Violation, catalog_is_flat, complete_folders, lower_layers_only,
    names_follow_paths, no_bare_spawn, no_forbidden_names, no_mod_rs, no_overlong_file,
    no_sleep_in_tests, no_unbounded_channel, read_crates, read_sources, short_lib_rs, walls,
    workspace_root,
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
    if catalog.is_dir() {
        for folder in fs::read_dir(catalog).unwrap() {
            let folder = folder.unwrap().path();
            if folder.is_dir() {
                let name = folder.file_name().unwrap().to_string_lossy().into_owned();
                let mut files = Vec::new();
                list(&folder, &folder, &mut files);
                folders.insert(name, files);
            }
        }
    }
    assert_none(&complete_folders(&folders));
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
