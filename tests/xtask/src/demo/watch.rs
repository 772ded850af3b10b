//! Runs penstock and looks on.

use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::place::Place;
use super::workers;

/// Between two looks: short against the lives of workers, long against what a look costs.
const PAUSE: Duration = Duration::from_millis(50);

/// How long penstock may take to end its workers once it was told to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// What was seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// How penstock ended; none when it had to be killed.
    pub(crate) status: Option<ExitStatus>,
    pub(crate) timed_out: bool,
    pub(crate) took: Duration,
    /// When the last file was gone.
    pub(crate) drained: Option<Duration>,
    /// The highest number of workers at one time.
    pub(crate) most_workers: usize,
    pub(crate) files_left: usize,
    pub(crate) workers_left: usize,
}

impl Seen {
    pub(crate) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// Looks at the place, `elapsed` after the start.
    fn look(&mut self, place: &Place, elapsed: Duration) {
        self.workers_left = workers::running(&place.workers());
        self.most_workers = self.most_workers.max(self.workers_left);
        self.files_left = place.files_left();
        if self.files_left == 0 {
            self.drained.get_or_insert(elapsed);
        }
    }

    /// How penstock ended, for people.
    pub(crate) fn ending(&self) -> String {
        match self.status {
            Some(status) => status.to_string(),
            None => "killed".into(),
        }
    }
}

/// Runs `command` in this terminal until it ends, or until `deadline` has passed.
pub(crate) fn run(command: &mut Command, place: &Place, deadline: Duration) -> Result<Seen> {
    let start = Instant::now();
    let mut child = command.spawn()?;
    let mut seen = Seen::default();
    seen.status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if start.elapsed() > deadline {
            seen.timed_out = true;
            break stop(&mut child)?;
        }
        seen.look(place, start.elapsed());
        sleep(PAUSE);
    };
    seen.took = start.elapsed();
    seen.look(place, seen.took);
    Ok(seen)
}

/// Asks the child to stop, and kills it when it does not.
fn stop(child: &mut Child) -> Result<Option<ExitStatus>> {
    workers::terminate(child.id());
    let start = Instant::now();
    while start.elapsed() < DRAIN {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        sleep(PAUSE);
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;
    use crate::workspace::Workspace;

    fn shell(script: &str, place: &Place) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .current_dir(place.spool().join(".."));
        command
    }

    fn place() -> Place {
        Place::prepare(&Workspace::find().unwrap(), 3).unwrap()
    }

    #[test]
    fn the_highest_number_of_workers_and_the_last_file_are_remembered() {
        let place = place();
        let mut seen = Seen::default();
        seen.look(&place, Duration::from_secs(1));
        assert_eq!((seen.files_left, seen.drained), (3, None));

        let mut worker = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        std::fs::write(place.workers().join(worker.id().to_string()), "").unwrap();
        std::fs::remove_dir_all(place.spool()).unwrap();
        seen.look(&place, Duration::from_secs(2));
        assert_eq!((seen.most_workers, seen.workers_left), (1, 1));

        drop(worker.stdin.take());
        worker.wait().unwrap();
        seen.look(&place, Duration::from_secs(3));
        assert_eq!((seen.most_workers, seen.workers_left), (1, 0));
        assert_eq!(seen.drained, Some(Duration::from_secs(2)));
    }

    #[test]
    fn it_ends_with_the_command() {
        let seen = run(&mut shell("rm spool/*; exit 3", &place()), &place(), DRAIN).unwrap();
        assert!(!seen.timed_out && !seen.succeeded());
        assert!(seen.ending().contains('3'), "{}", seen.ending());
    }

    #[test]
    fn a_deadline_ends_it() {
        let place = place();
        let mut command = shell("exec cat", &place);
        let seen = run(command.stdin(Stdio::piped()), &place, Duration::ZERO).unwrap();
        assert!(seen.timed_out && !seen.succeeded());
        assert_eq!(seen.files_left, 3);
    }
}
