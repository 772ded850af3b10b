//! `cargo xtask fuzz`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::servers::{self, Server};
use crate::step;
use crate::workspace::Workspace;

/// Look for inputs that break what reads foreign text and bytes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask fuzz                          each target, 10 seconds long
  cargo xtask fuzz manifest --seconds 600
  cargo xtask fuzz manifest --input FILE    once, with this input

The targets are tests/fuzz/fuzz_targets, the inputs to begin with tests/fuzz/seeds. What a search
finds interesting is kept in the target directory, for the next search to go on from. An input that
breaks a target is left in tests/fuzz/artifacts.
With cargo-fuzz installed, this does the same: cd tests; cargo fuzz run -s none manifest")]
pub(crate) struct Args {
    /// The target; all when left out
    target: Option<String>,
    /// How long to search, each target
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Runs the target with this input alone
    #[arg(long, value_name = "FILE", requires = "target")]
    input: Option<PathBuf>,
}

/// Of each target in [`bounded`]: some seconds at most, and so many inputs at most.
const CI_SECONDS: u64 = 6;
const CI_RUNS: u64 = 300_000;

/// What cargo-fuzz gives the compiler where no sanitizer is asked for: libFuzzer sees which branches
/// were taken and what was compared. It needs no nightly compiler.
const RUSTFLAGS: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
    // And, by default with them, checks for overflow.
    "-Cdebug-assertions",
];

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let input = args.input.as_ref().map(std::path::absolute).transpose()?;
    let fuzzing = Fuzzing::of(workspace)?;
    let chosen = match &args.target {
        None => fuzzing.targets.clone(),
        Some(target) => {
            let known = fuzzing.targets.join(", ");
            let is_one = fuzzing.targets.contains(target);
            ensure!(is_one, "there is no target {target}, only {known}");
            vec![target.clone()]
        }
    };
    fuzzing.build()?;
    if let (Some(target), Some(input)) = (&args.target, input) {
        return step::run(fuzzing.program(target).arg(input));
    }
    for target in &chosen {
        let kept = workspace.target.join("fuzz-corpus").join(target);
        fs::create_dir_all(&kept)?;
        let mut search = fuzzing.search(target, &kept)?;
        search.arg(format!("-max_total_time={}", args.seconds));
        let what = format!("Searching {target} for {} s", args.seconds);
        let found = step::step(&what, || step::run(&mut search));
        found.with_context(|| fuzzing.how_to_repeat(target))?;
    }
    Ok(())
}

/// Searches all targets for a few seconds each, as many at a time as there are cores. Begins at the
/// same point each time: a change is not to fail by what another search found by chance.
pub(crate) fn bounded(workspace: &Workspace) -> Result<()> {
    let fuzzing = Fuzzing::of(workspace)?;
    fuzzing.build()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let waiting = Mutex::new(fuzzing.targets.iter());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let next = waiting
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .next();
                    let Some(target) = next else { break };
                    if let Err(error) = fuzzing.briefly(target) {
                        eprintln!("{error:#}");
                        let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                        failed.push(target.as_str());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    ensure!(failed.is_empty(), "broken: {}", failed.join(", "));
    Ok(())
}

/// The workspace of the targets.
struct Fuzzing<'w> {
    workspace: &'w Workspace,
    folder: PathBuf,
    /// This machine's, as the compiler calls it. Named, so that what is compiled for the build alone
    /// (macros) is not instrumented.
    triple: String,
    targets: Vec<String>,
}

impl<'w> Fuzzing<'w> {
    fn of(workspace: &'w Workspace) -> Result<Self> {
        let folder = workspace.root.join("tests/fuzz");
        let output = Command::new("rustc")
            .arg("-vV")
            .current_dir(&workspace.root)
            .output()
            .context("rustc cannot be started")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let triple = said.lines().find_map(|line| line.strip_prefix("host: "));
        Ok(Self {
            workspace,
            triple: triple.context("rustc does not say its host")?.to_string(),
            targets: targets(&folder)?,
            folder,
        })
    }

    fn build(&self) -> Result<()> {
        // libFuzzer is C++.
        servers::ensure_installed(&[Server::packaged("c++", "g++")])?;
        let mut cargo = self.workspace.cargo();
        cargo.current_dir(&self.folder);
        cargo.args(["build", "--release", "--bins", "--target", &self.triple]);
        cargo.arg("--target-dir").arg(self.target_dir());
        // The encoded form would win over this one.
        cargo.env_remove("CARGO_ENCODED_RUSTFLAGS");
        cargo.env("RUSTFLAGS", RUSTFLAGS.join(" "));
        step::step("Building what is searched", || step::run(&mut cargo))
    }

    fn target_dir(&self) -> PathBuf {
        self.workspace.target.join("fuzz")
    }

    fn program(&self, target: &str) -> Command {
        let release = self.target_dir().join(&self.triple).join("release");
        let mut program = Command::new(release.join(target));
        // Where cargo-fuzz would leave what it finds, relative to this.
        program.current_dir(&self.folder);
        program.env("RUST_BACKTRACE", "1");
        program
    }

    /// A search that begins with the seeds and keeps what it finds interesting in `kept`.
    fn search(&self, target: &str, kept: &Path) -> Result<Command> {
        let artifacts = self.folder.join("artifacts").join(target);
        fs::create_dir_all(&artifacts)?;
        let mut program = self.program(target);
        program
            .arg(kept)
            .arg(Path::new("seeds").join(target))
            .arg(format!("-dict=dictionaries/{target}.dict"))
            .arg(format!("-artifact_prefix=artifacts/{target}/"))
            // An input that takes seconds, or hundreds of megabytes, is as bad as one that panics.
            .args(["-max_len=4096", "-timeout=5", "-rss_limit_mb=1024"])
            .args(["-print_final_stats=1"]);
        Ok(program)
    }

    /// Says one line when all is well, and everything when it is not.
    fn briefly(&self, target: &str) -> Result<()> {
        let kept = tempfile::tempdir()?;
        let mut search = self.search(target, kept.path())?;
        search.args([
            "-seed=1".to_string(),
            format!("-max_total_time={CI_SECONDS}"),
            format!("-runs={CI_RUNS}"),
        ]);
        let output = search
            .output()
            .with_context(|| format!("{target} cannot be started"))?;
        if output.status.success() {
            let runs = runs(&output).with_context(|| format!("{target} ran nothing"))?;
            eprintln!("    {target}: {runs} inputs, none breaks it");
            return Ok(());
        }
        std::io::stderr().write_all(&output.stderr)?;
        bail!(
            "{target} broke ({}); {}",
            output.status,
            self.how_to_repeat(target)
        )
    }

    fn how_to_repeat(&self, target: &str) -> String {
        let artifacts = self.folder.join("artifacts").join(target);
        let newest = newest(&artifacts).unwrap_or_else(|| artifacts.join("FILE"));
        let input = self.workspace.shown(&newest);
        format!("to see it again: cargo xtask fuzz {target} --input {input}")
    }
}

/// The names of the files in `fuzz_targets`.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let sources = folder.join("fuzz_targets");
    for entry in fs::read_dir(&sources).with_context(|| sources.display().to_string())? {
        let path = entry?.path();
        if let Some(name) = path
            .file_stem()
            .filter(|_| path.extension() == Some("rs".as_ref()))
        {
            found.push(name.to_string_lossy().into_owned());
        }
    }
    found.sort();
    Ok(found)
}

/// How many inputs libFuzzer says that it has run.
fn runs(output: &Output) -> Option<u64> {
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    line?.trim().parse().ok().filter(|runs| *runs > 0)
}

fn newest(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let age = |path: &PathBuf| {
        let modified = fs::metadata(path).and_then(|m| m.modified()).ok();
        modified
            .and_then(|m| m.elapsed().ok())
            .unwrap_or(Duration::MAX)
    };
    entries.map(|entry| entry.path()).min_by_key(age)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_is_declared_and_has_seeds_and_a_dictionary() {
        let folder = Workspace::find().unwrap().root.join("tests/fuzz");
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let mut declared: Vec<_> = manifest["bin"]
            .as_array()
            .unwrap()
            .iter()
            .map(|bin| bin["name"].as_str().unwrap().to_string())
            .collect();
        declared.sort();
        let targets = targets(&folder).unwrap();
        assert_eq!(declared, targets);
        assert!(!targets.is_empty());
        for target in targets {
            let seeds = fs::read_dir(folder.join("seeds").join(&target)).unwrap();
            assert!(seeds.count() > 0, "{target} has no seeds");
            let dictionary = folder.join(format!("dictionaries/{target}.dict"));
            assert!(dictionary.is_file(), "{}", dictionary.display());
        }
    }

    #[test]
    fn a_search_that_ran_nothing_is_not_a_good_one() {
        let output = |text: &str| Output {
            status: Default::default(),
            stdout: Vec::new(),
            stderr: text.as_bytes().to_vec(),
        };
        let stat = "stat::number_of_executed_units: ";
        assert_eq!(runs(&output(&format!("x\n{stat}12\ny"))), Some(12));
        assert_eq!(runs(&output(&format!("{stat}0"))), None);
        assert_eq!(runs(&output("")), None);
    }
}
