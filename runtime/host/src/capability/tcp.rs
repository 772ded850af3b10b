//! Gates `wasi:sockets` by address: a component connects only to addresses that its own granted
//! look-ups returned, or that an endpoint names literally.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use wasmtime_wasi::sockets::SocketAddrUse;

use crate::state::{Scope, lock};

/// How many connections the running call opened.
#[derive(Debug)]
pub(crate) struct ConnectionCount {
    opened: AtomicU32,
    most: u32,
}

impl ConnectionCount {
    pub(crate) fn new(most: u32) -> Self {
        Self {
            opened: AtomicU32::new(0),
            most,
        }
    }

    pub(crate) fn reset(&self) {
        self.opened.store(0, Ordering::Relaxed);
    }

    /// Counts one more; false when that is too many.
    pub(crate) fn open(&self) -> bool {
        self.opened.fetch_add(1, Ordering::Relaxed) < self.most
    }
}

type Check = Pin<Box<dyn Future<Output = bool> + Send + Sync>>;

/// The check that `wasmtime-wasi` asks before each use of a socket.
pub(crate) fn check(
    scope: Arc<Scope>,
    connections: Arc<ConnectionCount>,
) -> impl Fn(SocketAddr, SocketAddrUse) -> Check + Send + Sync + 'static {
    move |address, intent| {
        let allowed = match intent {
            SocketAddrUse::TcpConnect => may_connect(&scope, address) && connections.open(),
            // A connecting socket is bound first, to no address in particular.
            SocketAddrUse::TcpBind => address.ip().is_unspecified() && address.port() == 0,
            _ => false,
        };
        Box::pin(std::future::ready(allowed))
    }
}

fn may_connect(scope: &Scope, address: SocketAddr) -> bool {
    let ip = address.ip().to_canonical();
    if !scope.grants.allow_address(ip) {
        return false;
    }
    scope.grants.allow_host(&ip.to_string(), address.port())
        || lock(&scope.reach.pins)
            .names_of(ip)
            .any(|name| scope.grants.allow_host(name, address.port()))
}
