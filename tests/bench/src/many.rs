//! 10,000 `metrics-api` triggers at KEDA's own interval, against one HTTP server in a process of its
//! own. All figures are the program's: its metrics, and what the kernel counts of it.

mod scrape;
pub(crate) mod server;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::report::Report;
use scrape::Page;
use server::Server;

const TRIGGERS: usize = 10_000;
/// So many in one file: neither 10,000 files nor one that nobody would write.
const IN_A_FILE: usize = 100;
const INTERVAL: Duration = Duration::from_secs(30);
/// Measured after the first, in which everything is made.
const ROUNDS: u32 = 3;
/// How long the first round may take.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) fn measure(penstock: &Path, scalers: &Path, report: &mut Report) -> Result<()> {
    let server = Server::start()?;
    let folder = tempfile::tempdir()?;
    let manifests = folder.path().join("manifests");
    std::fs::create_dir(&manifests)?;
    for (file, first) in (0..TRIGGERS).step_by(IN_A_FILE).enumerate() {
        let text = (first..first + IN_A_FILE).fold(String::new(), |text, object| {
            text + &documents(object, &server.address)
        });
        std::fs::write(manifests.join(format!("{file}.yaml")), text)?;
    }
    let running = Running::start(penstock, scalers, folder.path())?;
    running.wait_for_all()?;
    let warm = running.now()?;
    let (mut late, mut last) = (Vec::new(), warm.page.clone());
    let begun = Instant::now();
    for round in 1..=ROUNDS {
        // sleep: an interval is what is measured
        std::thread::sleep((INTERVAL * round).saturating_sub(begun.elapsed()));
        last = running.page()?;
        late.extend(last.values("keda_internal_scale_loop_latency_seconds"));
    }
    let end = running.now()?;
    let polls = end.page.sum("penstock_polls_total") - warm.page.sum("penstock_polls_total");
    let failed = last.sum("keda_scaled_object_errors_total");
    ensure!(
        failed == 0.0,
        "{failed} polls failed: they measure something else"
    );
    let missed =
        end.page.sum("penstock_polls_missed_total") - warm.page.sum("penstock_polls_missed_total");
    late.sort_by(f64::total_cmp);
    let at = |part: f64| {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let index = (late.len() as f64 * part) as usize;
        late.get(index.min(late.len().saturating_sub(1)))
            .copied()
            .unwrap_or(f64::NAN)
            * 1e3
    };
    let name = |what: &str| format!("10,000 metrics-api triggers: {what}");
    report.add_below(name("missed polls"), missed, "polls", 1.0);
    report.add(name("lateness, median"), at(0.5), "ms");
    report.add_below(name("lateness, 99 of 100"), at(0.99), "ms", 100.0);
    report.add(name("lateness, greatest"), at(1.0), "ms");
    report.add(name("RSS once all are polled"), warm.resident_mib, "MiB");
    report.add_below(name("RSS at the end"), end.resident_mib, "MiB", 512.0);
    report.add(
        name("CPU time a poll"),
        (end.cpu - warm.cpu) / polls * 1e6,
        "us",
    );
    let wall = begun.elapsed().as_secs_f64();
    report.add(name("cores used"), (end.cpu - warm.cpu) / wall, "cores");
    report.add(name("polls measured"), polls, "polls");
    Ok(())
}

/// An object and the process it would scale: the value is 0, so that none is started.
fn documents(object: usize, address: &str) -> String {
    let mut text = String::new();
    let _ = write!(
        text,
        "apiVersion: keda.sh/v1alpha1\n\
         kind: ScaledObject\n\
         metadata: {{name: o{object}}}\n\
         spec:\n\
         \x20 scaleTargetRef: {{apiVersion: penstock.dev/v1alpha1, kind: Process, name: o{object}}}\n\
         \x20 pollingInterval: {}\n\
         \x20 triggers:\n\
         \x20 - type: metrics-api\n\
         \x20   metadata: {{url: 'http://{address}/{object}', valueLocation: queue.length, targetValue: '5'}}\n\
         ---\n\
         apiVersion: penstock.dev/v1alpha1\n\
         kind: Process\n\
         metadata: {{name: o{object}}}\n\
         spec: {{command: ['true']}}\n\
         ---\n",
        INTERVAL.as_secs()
    );
    text
}

struct Running {
    child: Child,
    admin: String,
}

/// The program at one moment.
struct Moment {
    page: Page,
    /// CPU time since its start, in seconds.
    cpu: f64,
    resident_mib: f64,
}

impl Running {
    fn start(penstock: &Path, scalers: &Path, folder: &Path) -> Result<Self> {
        // Asked for by number: its log would have to be read to the end otherwise.
        let free = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(penstock)
            .args(["run", "--view", "lines", "--log", "error"])
            .args(["--admin", &free.to_string()])
            .arg("--file")
            .arg(folder.join("manifests"))
            .arg("--scalers")
            .arg(scalers)
            .arg("--state-dir")
            .arg(folder.join("state"))
            .arg("--cache-dir")
            .arg(folder.join("cache"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", penstock.display()))?;
        let admin = free.to_string();
        Ok(Self { child, admin })
    }

    /// Until every object has been polled once.
    fn wait_for_all(&self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let polled = self.page().map_or(0, |page| page.polled());
            if polled >= TRIGGERS {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "{polled} of {TRIGGERS} polled after {PATIENCE:?}"
            );
            // sleep: between two looks at the program
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    fn page(&self) -> Result<Page> {
        Page::get(&self.admin)
    }

    fn now(&self) -> Result<Moment> {
        let page = self.page()?;
        let read =
            |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", self.child.id()));
        let stat = read("stat")?;
        // The name in parentheses may hold anything, so fields count from its end.
        let fields: Vec<_> = stat
            .rsplit_once(") ")
            .context("stat")?
            .1
            .split(' ')
            .collect();
        let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        let status = read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|text| text.split_whitespace().next());
        let kib: f64 = kib.context("there is no VmRSS")?.parse()?;
        Ok(Moment {
            page,
            // Linux counts in hundredths of a second for programs, whatever its own clock is.
            cpu: ticks / 100.0,
            resident_mib: kib / 1024.0,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
