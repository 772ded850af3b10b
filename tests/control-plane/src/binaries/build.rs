use std::collections::VecDeque;
use std::fs::{self, File, TryLockError};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::go::{Go, announce};
use super::modules::{KWOK, MODULES, Module};
use super::stages;

/// Between two lines that say how far it is.
const BETWEEN_LINES: Duration = Duration::from_secs(15);

/// Builds what is not in the cache; one process at a time, the others wait and find it done.
pub(crate) fn all(cache: &Path) -> Result<()> {
    fs::create_dir_all(cache).with_context(|| format!("making {}", cache.display()))?;
    let lock = File::create(cache.join("build.lock"))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            announce("Waiting for another process, which builds the control plane");
            lock.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error).context("locking the cache"),
    }
    for module in MODULES.iter().filter(|module| !module.is_built(cache)) {
        let what = format!("{} {}", module.name, module.version());
        announce(&format!(
            "Building {what} with Go (minutes, once for each user)"
        ));
        let begin = Instant::now();
        one(module, cache).with_context(|| format!("building {what}"))?;
        announce(&format!("done in {}: {what}", seconds(begin.elapsed())));
    }
    Ok(())
}

fn one(module: &Module, cache: &Path) -> Result<()> {
    let unfinished = cache.join(format!("{}.unfinished", module.name));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    let (sources, programs) = (unfinished.join("sources"), unfinished.join("programs"));
    fs::create_dir_all(&sources)?;
    fs::create_dir_all(&programs)?;

    // Before there is a go.mod, which an old Go might not understand.
    let go = Go::find_or_install(wanted_go(module)?, &sources)?;
    fs::write(sources.join("go.mod"), module.go_mod)?;
    fs::write(sources.join("go.sum"), module.go_sum)?;
    // `tool` is all programs that go.mod names.
    let flags = module.linker_flags();
    let target = programs.display().to_string();
    let arguments = ["-mod=readonly", "-buildvcs=false", "-ldflags", &flags];
    let mut build = go.command(&sources, &["build", "-v"]);
    build.args(arguments).args(["-o", &target, "tool"]);
    run(build, module.name)?;

    for (from, to) in module.renamed {
        fs::rename(programs.join(from), programs.join(to))?;
    }
    if module.name == KWOK.name {
        let output = go
            .command(
                &sources,
                &["list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok"],
            )
            .output()?;
        let folder = String::from_utf8(output.stdout)?;
        stages::copy(Path::new(folder.trim()), &programs)?;
    }
    fs::rename(&programs, module.folder(cache))?;
    Ok(fs::remove_dir_all(&unfinished)?)
}

fn wanted_go(module: &Module) -> Result<&'static str> {
    let line = module.go_mod.lines().find_map(|l| l.strip_prefix("go "));
    line.context("go.mod names no version of Go")
}

/// Runs `go build -v`, which names each package that it compiles, and says every now and then how many those were.
fn run(mut build: Command, name: &str) -> Result<()> {
    let mut child = build
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("go cannot be started")?;
    let lines = BufReader::new(child.stderr.take().context("no output of go")?).lines();
    let begin = Instant::now();
    let mut said = begin;
    let mut packages = 0;
    let mut others = VecDeque::new();
    for line in lines {
        let line = String::from_utf8_lossy(line?.as_bytes()).into_owned();
        if line.contains(' ') {
            others.push_back(line);
            if others.len() > 40 {
                others.pop_front();
            }
        } else {
            packages += 1;
        }
        if said.elapsed() >= BETWEEN_LINES {
            said = Instant::now();
            let took = seconds(begin.elapsed());
            announce(&format!(
                "    {name}: {packages} packages compiled in {took}"
            ));
        }
    }
    let status = child.wait()?;
    let others = Vec::from(others).join("\n");
    ensure!(status.success(), "go build failed ({status}):\n{others}");
    Ok(())
}

fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        whole @ 0..60 => format!("{whole} s"),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}
