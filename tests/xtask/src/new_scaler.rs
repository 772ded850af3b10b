//! `cargo xtask new-scaler`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};

use crate::step::run as run_command;
use crate::workspace::Workspace;

/// Start a scaler: writes scalers/catalog/NAME, which builds and passes; nothing else is edited.
#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask new-scaler beanstalkd")]
pub(crate) struct Args {
    /// The trigger type in kebab-case, such as `azure-queue`
    name: String,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let name = args.name.as_str();
    check_name(name)?;
    let folder = workspace.root.join("scalers/catalog").join(name);
    ensure!(
        !folder.exists(),
        "{} is already there",
        workspace.shown(&folder)
    );
    let template = workspace.root.join("scalers/sdk/template");
    ensure!(
        template.is_dir(),
        "there is no {}",
        workspace.shown(&template)
    );

    // All or nothing: half a folder would break every cargo command.
    copy(&template, &folder, name).inspect_err(|_| {
        let _ = fs::remove_dir_all(&folder);
    })?;

    println!(
        "Wrote {folder}. Next:

  1. scaler.toml   what it is and which trigger types it provides
  2. src/lib.rs    its parameters and how the source is asked
  3. cases/        at least five: happy, empty, bad config, refused, malformed reply

The cases natively, then through the component, then the index of scalers:

  cargo test -p scaler-{name}
  cargo xtask test -p tests-integration cases
  cargo xtask gen",
        folder = workspace.shown(&folder)
    );
    Ok(())
}

/// Makes a scaler of the template as an author would, which stays until this is dropped: whatever
/// is linted, built and tested meanwhile includes it.
pub(crate) fn with_template(workspace: &Workspace) -> Result<Made> {
    const NAME: &str = "template-check";
    let lock = workspace.root.join("Cargo.lock");
    let made = Made {
        folder: workspace.root.join("scalers/catalog").join(NAME),
        locked: fs::read(&lock).with_context(|| format!("reading {}", lock.display()))?,
        lock,
    };
    run(workspace, &Args { name: NAME.into() })?;
    // Takes the new crate into the lock file.
    let mut metadata = workspace.cargo();
    metadata.args(["metadata", "--format-version", "1"]);
    run_command(metadata.stdout(Stdio::null()))?;
    Ok(made)
}

/// Takes the scaler away again.
pub(crate) struct Made {
    folder: PathBuf,
    lock: PathBuf,
    locked: Vec<u8>,
}

impl Drop for Made {
    fn drop(&mut self) {
        let gone =
            fs::remove_dir_all(&self.folder).and_then(|()| fs::write(&self.lock, &self.locked));
        if let Err(error) = gone {
            eprintln!("{} was not taken away: {error}", self.folder.display());
        }
    }
}

fn check_name(name: &str) -> Result<()> {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !starts_well || !name.split('-').all(part) {
        bail!("`{name}` is not in kebab-case: lower-case letters and digits, words joined by `-`");
    }
    // Their crate names are taken by other folders of scalers/.
    if ["sdk", "sdk-macros", "testkit"].contains(&name) || name.starts_with("protocols-") {
        bail!("the crate name scaler-{name} is taken");
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, name: &str) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let path = entry?.path();
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        // `Cargo.toml.template`: under its own name, cargo would take the template for a crate.
        let file_name = file_name.strip_suffix(".template").unwrap_or(&file_name);
        let target = to.join(fill(file_name, name));
        if path.is_dir() {
            copy(&path, &target, name)?;
        } else {
            let text =
                fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            fs::write(&target, fill(&text, name))?;
        }
    }
    Ok(())
}

/// Fills in the name: `{{name}}` (azure-queue), `{{snake}}` (azure_queue) and `{{pascal}}`
/// (AzureQueue).
fn fill(text: &str, name: &str) -> String {
    let pascal: String = name
        .split('-')
        .map(|word| word[..1].to_ascii_uppercase() + &word[1..])
        .collect();
    text.replace("{{name}}", name)
        .replace("{{snake}}", &name.replace('-', "_"))
        .replace("{{pascal}}", &pascal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_kebab_case_is_a_name() {
        for good in ["redis", "azure-queue", "s3", "influxdb-2"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in [
            "", "Redis", "a_b", "-a", "a-", "a--b", "3scale", "../x", "sdk", "testkit",
        ] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_template_is_filled_in() {
        let root = tempfile::tempdir().unwrap();
        let template = root.path().join("scalers/sdk/template");
        fs::create_dir_all(template.join("src")).unwrap();
        fs::write(
            template.join("Cargo.toml.template"),
            "name = \"scaler-{{name}}\"",
        )
        .unwrap();
        fs::write(
            template.join("src/lib.rs"),
            "struct {{pascal}}; mod {{snake}};",
        )
        .unwrap();
        let workspace = Workspace::empty(root.path());
        let args = Args {
            name: "azure-queue".into(),
        };
        run(&workspace, &args).unwrap();
        let folder = root.path().join("scalers/catalog/azure-queue");
        let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
        assert_eq!(read("Cargo.toml"), "name = \"scaler-azure-queue\"");
        assert_eq!(read("src/lib.rs"), "struct AzureQueue; mod azure_queue;");

        let again = run(&workspace, &args).unwrap_err();
        assert!(again.to_string().contains("already there"), "{again}");
    }
}
