//! `cargo xtask dist`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::build::build;
use crate::workspace::Workspace;

/// Build what is handed to users: DIR/penstock and DIR/scalers/<name>.wasm.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask dist
  cargo xtask dist --out /opt/penstock
  cargo xtask dist --profile dev    quicker to build, slower to run")]
pub(crate) struct Args {
    /// Where to put it [default: dist in the target directory]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Cargo profile of the program; the components always have their own
    #[arg(long, default_value = "release")]
    profile: String,
}

/// What `dist` left.
pub(crate) struct Dist {
    /// The program.
    pub(crate) penstock: PathBuf,
    /// The folder of components.
    pub(crate) scalers: PathBuf,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<Dist> {
    let out = match &args.out {
        Some(out) => std::path::absolute(out)?,
        None => workspace.target.join("dist"),
    };
    let dist = dist(workspace, &out, &args.profile)?;
    println!(
        "{:>9}  {}",
        size(&dist.penstock)?,
        workspace.shown(&dist.penstock)
    );
    for component in components(&dist.scalers)? {
        println!("{:>9}  {}", size(&component)?, workspace.shown(&component));
    }
    Ok(dist)
}

/// Builds and puts it into `out`.
pub(crate) fn dist(workspace: &Workspace, out: &Path, profile: &str) -> Result<Dist> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--package", "operator-cli", "--bin", "penstock"]);
    cargo.args(["--profile", profile]);
    let collected = build(workspace, Some(("penstock", cargo)))?;

    let dist = Dist {
        penstock: out.join("penstock"),
        scalers: out.join("scalers"),
    };
    fs::create_dir_all(&dist.scalers)?;
    replace(
        &workspace.profile_dir(profile).join("penstock"),
        &dist.penstock,
    )?;
    let new = components(&collected.scalers)?;
    for old in components(&dist.scalers)? {
        if !new.iter().any(|n| n.file_name() == old.file_name()) {
            fs::remove_file(old)?;
        }
    }
    for component in new {
        let name = component.file_name().unwrap_or_default();
        replace(&component, &dist.scalers.join(name))?;
    }
    Ok(dist)
}

/// Copies over a file that may be in use: a running program cannot be written to, and a reader
/// must never see half a component.
fn replace(from: &Path, to: &Path) -> Result<()> {
    let new = to.with_extension("new");
    fs::copy(from, &new).with_context(|| format!("copying {}", from.display()))?;
    fs::rename(&new, to).with_context(|| format!("writing {}", to.display()))
}

/// The components in `folder`, by name.
fn components(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension() == Some("wasm".as_ref()) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn size(file: &Path) -> Result<String> {
    let kib = fs::metadata(file)?.len().div_ceil(1024);
    Ok(if kib < 10 * 1024 {
        format!("{kib} KiB")
    } else {
        format!("{} MiB", kib / 1024)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_readable() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        fs::write(&file, vec![0; 1025]).unwrap();
        assert_eq!(size(&file).unwrap(), "2 KiB");
        fs::write(&file, vec![0; 10 * 1024 * 1024]).unwrap();
        assert_eq!(size(&file).unwrap(), "10 MiB");
    }

    #[test]
    fn replacing_leaves_nothing_else_behind() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("a.wasm"));
        fs::write(&from, "new").unwrap();
        fs::write(&to, "old").unwrap();
        replace(&from, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
