//! `cargo xtask ci`.

use anyhow::{Result, ensure};

use crate::guests::Guests;
use crate::step::{run as run_command, step};
use crate::workspace::Workspace;
use crate::{fuzz, generate, new_scaler, test};

/// Run what a change must pass: format, generated files, lints, a short fuzzing, tests.
#[derive(clap::Args)]
#[command(after_help = "Every step runs, also after one that failed, and says how long it took.")]
pub(crate) struct Args {}

pub(crate) fn run(workspace: &Workspace, _: &Args) -> Result<()> {
    let mut failed = Vec::new();
    let mut check = |name: &'static str, what: &str, work: &dyn Fn() -> Result<()>| {
        if let Err(error) = step(what, work) {
            eprintln!("{error:#}");
            failed.push(name);
        }
    };

    check("fmt", "Checking the format", &|| {
        run_command(workspace.cargo().args(["fmt", "--all", "--check"]))?;
        // A workspace of its own.
        let mut fuzz = workspace.cargo();
        fuzz.current_dir(workspace.root.join("tests/fuzz"));
        run_command(fuzz.args(["fmt", "--check"]))
    });
    check("gen", "Checking that generated files are current", &|| {
        generate::check(workspace)
    });
    // From here on there is a scaler that was just made of the template, to be held to all of it.
    let template = step("Making a scaler of the template", || {
        new_scaler::with_template(workspace)
    })?;
    check("clippy", "Linting the workspace", &|| {
        let mut clippy = workspace.cargo();
        clippy.args(["clippy", "--locked", "--workspace", "--all-targets"]);
        run_command(clippy.args(["--", "-D", "warnings"]))
    });
    check(
        "clippy of components",
        "Linting what is compiled for components only",
        &|| match Guests::find(workspace)?.lint_command(workspace)? {
            Some(mut clippy) => run_command(&mut clippy),
            None => Ok(()),
        },
    );
    // It reads the crates as they are, the template's not among them.
    check(
        "fuzz",
        "Searching for inputs that break what reads them",
        &|| fuzz::bounded(workspace),
    );
    // Last, so that its well-known lines are the end of the output.
    check("test", "Testing", &|| {
        test::run(workspace, &test::Args::all())
    });
    drop(template);

    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}
