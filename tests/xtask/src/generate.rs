//! `cargo xtask gen`: files that are made from others, checked in all the same so that they can be
//! read and reviewed without a build.

mod definitions;
mod scaler_index;
mod scaler_pages;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// Write the generated files, or check that they are current.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask gen           after adding a scaler or changing its scaler.toml
  cargo xtask gen --check   change nothing; fail when a file is not what would be written")]
pub(crate) struct Args {
    /// Change nothing; fail when a file is not what would be written
    #[arg(long)]
    check: bool,
}

/// One generated file.
struct Generated {
    /// Below the root.
    path: PathBuf,
    content: String,
}

/// Makes files from the tree.
type Generator = fn(&Workspace) -> Result<Vec<Generated>>;

/// One module each.
const GENERATORS: &[Generator] = &[
    definitions::generate,
    scaler_index::generate,
    scaler_pages::generate,
];

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    if args.check {
        return check(workspace);
    }
    for file in generate(workspace)? {
        let path = workspace.root.join(&file.path);
        if difference(&path, &file.content).is_some() {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&path, &file.content)
                .with_context(|| format!("writing {}", path.display()))?;
            println!("wrote {}", file.path.display());
        }
    }
    Ok(())
}

/// Fails when a generated file is not current.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut stale = Vec::new();
    for file in generate(workspace)? {
        if let Some(difference) = difference(&workspace.root.join(&file.path), &file.content) {
            stale.push(format!("  {}: {difference}", file.path.display()));
        }
    }
    if !stale.is_empty() {
        bail!(
            "generated files are not current; run `cargo xtask gen`:\n{}",
            stale.join("\n")
        );
    }
    Ok(())
}

fn generate(workspace: &Workspace) -> Result<Vec<Generated>> {
    let mut files = Vec::new();
    for generator in GENERATORS {
        files.extend(generator(workspace)?);
    }
    Ok(files)
}

/// How the file differs from what it should be, in one line; none when it does not.
fn difference(path: &Path, wanted: &str) -> Option<String> {
    let Ok(found) = fs::read_to_string(path) else {
        return Some("missing".into());
    };
    if found == wanted {
        return None;
    }
    let (mut old, mut new) = (found.lines(), wanted.lines());
    let mut line = 0;
    loop {
        line += 1;
        return match (old.next(), new.next()) {
            (None, None) => Some("line ends differ".into()),
            (a, b) if a == b => continue,
            (a, b) => Some(format!(
                "line {line} is {}, should be {}",
                quoted(a),
                quoted(b)
            )),
        };
    }
}

fn quoted(line: Option<&str>) -> String {
    line.map_or("missing".into(), |line| format!("{line:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.md");
        assert_eq!(difference(&file, "x").as_deref(), Some("missing"));
        fs::write(&file, "one\ntwo\n").unwrap();
        assert_eq!(difference(&file, "one\ntwo\n"), None);
        assert_eq!(
            difference(&file, "one\nthree\n").as_deref(),
            Some(r#"line 2 is "two", should be "three""#)
        );
        assert_eq!(
            difference(&file, "one\n").as_deref(),
            Some(r#"line 2 is "two", should be missing"#)
        );
    }

    #[test]
    fn a_stale_file_fails_the_check_until_it_is_written() {
        let root = tempfile::tempdir().unwrap();
        let workspace = Workspace::empty(root.path());
        assert!(check(&workspace).is_err());
        run(&workspace, &Args { check: false }).unwrap();
        check(&workspace).unwrap();
    }
}
