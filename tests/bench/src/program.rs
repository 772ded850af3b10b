//! `penstock run` with one object: memory, and the time from its start to the first poll.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::report::Report;

const MANIFEST: &str = r#"
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: idle}
spec:
  scaleTargetRef: {apiVersion: penstock.dev/v1alpha1, kind: Process, name: worker}
  # Below 10 s the first poll is not put off to spread objects.
  pollingInterval: 5
  triggers:
  - type: spool
    metadata: {directory: DIRECTORY}
---
apiVersion: penstock.dev/v1alpha1
kind: Process
metadata: {name: worker}
spec: {command: ["true"]}
"#;

pub(crate) fn measure(penstock: &Path, scalers: &Path, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let spool = folder.path().join("spool");
    std::fs::create_dir(&spool)?;
    let manifest = MANIFEST.replace("DIRECTORY", &spool.display().to_string());
    std::fs::write(folder.path().join("app.yaml"), manifest)?;
    let (cold, first) = start(penstock, scalers, folder.path())?;
    drop(first);
    let (warm, running) = start(penstock, scalers, folder.path())?;
    let resident = running.resident_kib()?;
    report.add(
        "start to first poll, nothing compiled yet",
        cold.as_secs_f64() * 1e3,
        "ms",
    );
    report.add_below(
        "start to first poll, compiled before",
        warm.as_secs_f64() * 1e3,
        "ms",
        500.0,
    );
    report.add_below(
        "penstock run with one idle object: RSS",
        resident / 1024.0,
        "MiB",
        30.0,
    );
    Ok(())
}

struct Running(Child);

impl Running {
    fn resident_kib(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|text| text.split_whitespace().next());
        kib.context("there is no VmRSS")?.parse().context("VmRSS")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts it, and waits for its first decision, which it logs.
fn start(penstock: &Path, scalers: &Path, folder: &Path) -> Result<(Duration, Running)> {
    let begun = Instant::now();
    let mut child = Command::new(penstock)
        .args(["run", "--no-admin", "--view", "lines"])
        .arg("--file")
        .arg(folder.join("app.yaml"))
        .arg("--scalers")
        .arg(scalers)
        .arg("--state-dir")
        .arg(folder.join("state"))
        .arg("--cache-dir")
        .arg(folder.join("cache"))
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} cannot be started", penstock.display()))?;
    let log = child.stderr.take().context("its log is piped")?;
    let running = Running(child);
    let mut lines = BufReader::new(log).lines();
    let decided = lines.any(|line| line.is_ok_and(|line| line.contains("decision")));
    anyhow::ensure!(decided, "penstock ended before it decided anything");
    let took = begun.elapsed();
    // Its log must go on somewhere.
    std::thread::spawn(move || lines.for_each(drop));
    Ok((took, running))
}
