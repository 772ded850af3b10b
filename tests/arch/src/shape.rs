use crate::{SourceFile, Violation};

/// `lib.rs` is a table of contents; what needs more lines than this is something else.
pub const MOST_LIB_LINES: usize = 120;

/// Longer files are more than one thing. (From 400 lines on, ask whether it already is.)
pub const MOST_LINES: usize = 700;

/// Names that say nothing about what is inside.
const FORBIDDEN: &[&str] = &[
    "common", "context", "helper", "helpers", "manager", "service", "util", "utils",
];

fn lines(file: &SourceFile) -> usize {
    file.text.lines().count()
}

/// `foo.rs` and `foo/`, never `foo/mod.rs`: editors show twenty tabs named `mod.rs` otherwise.
pub fn no_mod_rs(files: &[SourceFile]) -> Vec<Violation> {
    files
        .iter()
        .filter(|f| f.file_name() == "mod.rs")
        .map(|f| Violation::new(&f.path, "name the file after its module, beside its folder"))
        .collect()
}

/// No `lib.rs` is longer than [`MOST_LIB_LINES`].
pub fn short_lib_rs(files: &[SourceFile]) -> Vec<Violation> {
    files
        .iter()
        .filter(|f| f.path.ends_with("/src/lib.rs") && lines(f) > MOST_LIB_LINES)
        .map(|f| {
            let message = format!(
                "has {} lines, at most {MOST_LIB_LINES} make a table of contents: move code into modules",
                lines(f)
            );
            Violation::new(&f.path, message)
        })
        .collect()
}

/// No file is longer than [`MOST_LINES`].
pub fn no_overlong_file(files: &[SourceFile]) -> Vec<Violation> {
    files
        .iter()
        .filter(|f| lines(f) > MOST_LINES)
        .map(|f| {
            let message = format!("has {} lines, at most {MOST_LINES}: split it", lines(f));
            Violation::new(&f.path, message)
        })
        .collect()
}

/// No module, file or folder, has a name that says nothing.
pub fn no_forbidden_names(files: &[SourceFile]) -> Vec<Violation> {
    files
        .iter()
        .filter_map(|f| {
            let name = f
                .path
                .split('/')
                .map(|part| part.strip_suffix(".rs").unwrap_or(part))
                .find(|part| FORBIDDEN.contains(part))?;
            let message = format!("the name `{name}` says nothing: name it after what it holds");
            Some(Violation::new(&f.path, message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, lines: usize) -> Vec<SourceFile> {
        vec![SourceFile {
            path: path.into(),
            text: "// line\n".repeat(lines),
        }]
    }

    #[test]
    fn a_mod_rs_is_found() {
        assert_eq!(no_mod_rs(&file("operator/api/src/job/mod.rs", 1)).len(), 1);
        assert!(no_mod_rs(&file("operator/api/src/mod_rs.rs", 1)).is_empty());
    }

    #[test]
    fn a_long_lib_rs_is_found() {
        assert!(short_lib_rs(&file("operator/api/src/lib.rs", 120)).is_empty());
        assert_eq!(short_lib_rs(&file("operator/api/src/lib.rs", 121)).len(), 1);
        assert!(short_lib_rs(&file("operator/api/src/job.rs", 121)).is_empty());
    }

    #[test]
    fn an_overlong_file_is_found() {
        assert!(no_overlong_file(&file("operator/api/src/job.rs", 700)).is_empty());
        assert_eq!(
            no_overlong_file(&file("operator/api/src/job.rs", 701)).len(),
            1
        );
    }

    #[test]
    fn names_that_say_nothing_are_found_in_files_and_folders() {
        assert_eq!(
            no_forbidden_names(&file("operator/api/src/utils.rs", 1)).len(),
            1
        );
        assert_eq!(
            no_forbidden_names(&file("runtime/host/src/common/a.rs", 1)).len(),
            1
        );
        assert!(no_forbidden_names(&file("operator/api/src/service_account.rs", 1)).is_empty());
    }
}
