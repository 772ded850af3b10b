//! Scripted servers.

mod script;

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::CaseError;
use crate::case::{Case, Server};
use script::Action;

/// A script that waits longer than this is not followed: a broken case ends instead of hanging.
const PATIENCE: Duration = Duration::from_secs(10);

/// The servers of one case, all running.
#[derive(Default)]
pub(crate) struct Servers {
    pub(crate) addresses: BTreeMap<String, SocketAddr>,
    running: Vec<Running>,
    /// Sockets that hold a port which nobody listens on.
    _refusing: Vec<OwnedFd>,
}

struct Running {
    name: String,
    address: SocketAddr,
    /// The port from which the end comes; 0 until then.
    ending: Arc<AtomicU16>,
    thread: JoinHandle<Result<(), String>>,
}

impl Servers {
    pub(crate) fn start(case: &Case) -> Result<Self, CaseError> {
        let mut servers = Self::default();
        for (name, server) in &case.tcp {
            let at = |e| CaseError::Io(format!("tcp.{name}").into(), e);
            let address = if server.refuse {
                let (socket, address) = reserve().map_err(at)?;
                servers._refusing.push(socket);
                address
            } else {
                let listener = TcpListener::bind("127.0.0.1:0").map_err(at)?;
                let address = listener.local_addr().map_err(at)?;
                let running = Running::start(name, listener, address, server)?;
                servers.running.push(running);
                address
            };
            servers.addresses.insert(name.clone(), address);
        }
        Ok(servers)
    }

    /// What was not as scripted.
    pub(crate) fn finish(self) -> Vec<String> {
        let finish = |server: Running| server.finish().err();
        self.running.into_iter().filter_map(finish).collect()
    }
}

impl Running {
    fn start(
        name: &str,
        listener: TcpListener,
        address: SocketAddr,
        server: &Server,
    ) -> Result<Self, CaseError> {
        let scripts: Vec<Vec<Action>> = server
            .connection
            .iter()
            .map(|connection| connection.steps.iter().map(Action::from_step).collect())
            .collect::<Result<_, _>>()?;
        let ending = Arc::new(AtomicU16::new(0));
        let flag = ending.clone();
        Ok(Self {
            name: name.to_string(),
            address,
            ending,
            thread: std::thread::spawn(move || serve(&listener, &scripts, &flag)),
        })
    }

    fn finish(self) -> Result<(), String> {
        // A connection of ours ends the server. It is told from one of the scaler's, which may still
        // wait to be accepted, by its port.
        if let Ok((socket, ours)) = reserve() {
            self.ending.store(ours.port(), Ordering::SeqCst);
            let _ = rustix::net::connect(&socket, &self.address);
        }
        let ended = self
            .thread
            .join()
            .unwrap_or_else(|_| Err("panicked".to_string()));
        ended.map_err(|text| format!("server {}: {text}", self.name))
    }
}

fn serve(
    listener: &TcpListener,
    scripts: &[Vec<Action>],
    ending: &AtomicU16,
) -> Result<(), String> {
    for (i, script) in scripts.iter().enumerate() {
        let nth = i + 1;
        let (stream, peer) = listener.accept().map_err(|e| e.to_string())?;
        if peer.port() == ending.load(Ordering::SeqCst) {
            return Err(format!("connection {nth} was never made"));
        }
        let follow = || {
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))
        };
        follow().map_err(|e| e.to_string())?;
        script::follow(stream, script).map_err(|text| format!("connection {nth}, {text}"))?;
    }
    let (_, peer) = listener.accept().map_err(|e| e.to_string())?;
    if peer.port() == ending.load(Ordering::SeqCst) {
        Ok(())
    } else {
        Err(format!("connection {} was not expected", scripts.len() + 1))
    }
}

/// Binds a port without listening: connections to it are refused, and nobody else gets it.
fn reserve() -> io::Result<(OwnedFd, SocketAddr)> {
    use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};
    let fd = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&fd, &SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let address = SocketAddr::try_from(getsockname(&fd)?)?;
    Ok((fd, address))
}
