use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::api::{Object, World};
use crate::http::{self, Answer};
use crate::metrics::Metrics;
use crate::output::Output;
use crate::wait::eventually;

/// A running `penstock run`, killed when it is dropped; its replicas end with it. When the test fails,
/// all that it wrote is shown.
pub struct Penstock {
    child: Child,
    program: std::ffi::OsString,
    log: Output,
    printed: Output,
    readers: Vec<JoinHandle<()>>,
    admin: Option<SocketAddr>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Everything on standard output.
    pub printed: String,
    /// Everything on standard error.
    pub log: String,
}

impl Ended {
    /// What a command that ended by itself gave.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn of(mut command: Command) -> Self {
        let output = command.stdin(Stdio::null()).output().expect("it starts");
        Self {
            code: output.status.code(),
            printed: String::from_utf8_lossy(&output.stdout).into_owned(),
            log: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Both outputs.
    pub fn all(&self) -> String {
        format!("{}\n{}", self.printed, self.log)
    }
}

impl Penstock {
    /// Starts it; it has to log in JSON.
    pub(crate) fn start(mut command: Command) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("penstock starts");
        let (log, printed) = (Output::default(), Output::default());
        let readers = vec![
            log.follow(child.stderr.take().expect("it is piped")),
            printed.follow(child.stdout.take().expect("it is piped")),
        ];
        Self {
            child,
            program: command.get_program().to_os_string(),
            log,
            printed,
            readers,
            admin: None,
        }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where it answers. It was given port 0, and says in its log what that became.
    pub fn admin(&mut self) -> SocketAddr {
        if let Some(known) = self.admin {
            return known;
        }
        let address = eventually("the admin address is in the log", || {
            let found = self.log_events("admin address").into_iter().next();
            let text = found.and_then(|event| Some(event["address"].as_str()?.to_string()));
            let address = text.and_then(|text| text.parse().ok());
            address.ok_or_else(|| self.ended_early())
        });
        self.admin = Some(address);
        address
    }

    /// Asks the admin address.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn get(&mut self, path: &str) -> Answer {
        let address = self.admin();
        match http::get(address, path) {
            Ok(answer) => answer,
            Err(error) => panic!("{path}: {error}; {}", self.ended_early()),
        }
    }

    /// What it tells of itself now.
    ///
    /// # Panics
    /// When it does not, or not as documented.
    pub fn world(&mut self) -> World {
        let answer = self.get("/api/v1/objects");
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap_or_else(|e| panic!("{e}: {}", answer.body))
    }

    /// Its metrics now, read strictly.
    ///
    /// # Panics
    /// When the page does not keep to the format.
    pub fn metrics(&mut self) -> Metrics {
        let answer = self.get("/metrics");
        assert_eq!(answer.status, 200, "{}", answer.body);
        Metrics::read(&answer.body).unwrap_or_else(|e| panic!("{e}\n{}", answer.body))
    }

    /// Waits until the whole is as wanted.
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&World) -> bool) -> World {
        eventually(what, || {
            let world = self.world();
            match wanted(&world) {
                true => Ok(world),
                false => Err(format!("{world:#?}")),
            }
        })
    }

    /// Waits until the object is as wanted, and so many replicas of the Process of its name run.
    pub fn wait_for(
        &mut self,
        name: &str,
        replicas: u32,
        wanted: impl Fn(&Object) -> bool,
    ) -> Object {
        let what = format!("{name} has {replicas} replicas and is as wanted");
        let all = |world: &World| {
            world.ready(name) == replicas
                && world.process(name).is_some_and(|p| p.ending == 0)
                && world.object(name).is_some_and(&wanted)
        };
        let world = self.wait(&what, all);
        world.object(name).expect("it was found").clone()
    }

    /// Runs another command of the program against this one.
    pub fn ask(&mut self, arguments: &[&str]) -> Ended {
        let admin = self.admin().to_string();
        let mut command = Command::new(&self.program);
        command.args(arguments).args(["--admin", &admin]);
        Ended::of(command)
    }

    /// The events of its log with that message.
    pub fn log_events(&self, message: &str) -> Vec<Value> {
        let lines = self.log.lines();
        let events = lines
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok());
        events.filter(|e: &Value| e["message"] == message).collect()
    }

    /// Waits for so many events with that message at least, and gives all. What the API tells at once
    /// may be in the log a moment later.
    pub fn wait_for_log(&self, message: &str, count: usize) -> Vec<Value> {
        eventually(message, || {
            let events = self.log_events(message);
            match events.len() >= count {
                true => Ok(events),
                false => Err(self.log()),
            }
        })
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        self.log.lines().join("\n")
    }

    /// What it and its replicas printed so far.
    pub fn printed(&self) -> String {
        self.printed.lines().join("\n")
    }

    /// Sends a signal.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process id"), signal).expect("the signal is sent");
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Waits for its end, which must come by itself.
    pub fn ended(mut self) -> Ended {
        let status = self.status();
        // Replicas have the pipes too: the end of the output is the end of the last of them.
        for reader in self.readers.drain(..) {
            reader.join().expect("the output is read");
        }
        Ended {
            code: status.code(),
            printed: self.printed(),
            log: self.log(),
        }
    }

    fn status(&mut self) -> ExitStatus {
        eventually("penstock ends", || {
            let ended = self.child.try_wait().map_err(|e| e.to_string())?;
            ended.ok_or_else(|| "it runs".to_string())
        })
    }

    /// SIGTERM, and its end.
    pub fn stop(self) -> Ended {
        self.signal(Signal::TERM);
        self.ended()
    }

    /// SIGKILL, and its end. Its replicas may take longer.
    ///
    /// # Panics
    /// When it was not that signal that ended it.
    pub fn kill(mut self) {
        self.signal(Signal::KILL);
        let status = self.status();
        assert_eq!(status.code(), None, "it ended by itself");
    }

    fn ended_early(&mut self) -> String {
        match self.child.try_wait() {
            Ok(Some(status)) => format!("penstock has ended ({status})"),
            _ => "penstock runs".to_string(),
        }
    }
}

impl Drop for Penstock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            #[allow(clippy::print_stderr)] // For whoever looks into the failure.
            {
                eprintln!("--- penstock logged:\n{}", self.log());
                eprintln!("--- penstock and its replicas printed:\n{}", self.printed());
            }
        }
    }
}
