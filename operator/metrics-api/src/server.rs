//! The HTTPS server.

mod connection;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::MetricsApi;
use connection::Connection;

pub use tls::{ServingCertificate, TlsVersion};

/// What one server takes on.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time; more wait.
    pub connections: usize,
    /// Requests that are answered at a time; more are refused (429).
    pub requests: usize,
    /// Streams of one HTTP/2 connection at a time.
    pub streams: u32,
    /// Time for the TLS handshake.
    pub handshake: Duration,
    /// Time for the head of a request, and so how long a connection may wait for one when nobody
    /// known has asked on it yet.
    pub head: Duration,
    /// How long a connection of somebody known may wait for the next request.
    pub idle: Duration,
    /// Time for an answer. An autoscaler's question may wait for an event source.
    pub request: Duration,
    /// Bytes of a request's head.
    pub head_bytes: usize,
    /// Time for what is being answered when the server is told to end.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            requests: 400,
            streams: 100,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(90),
            request: Duration::from_secs(30),
            head_bytes: 64 * 1024,
            drain: Duration::from_secs(25),
        }
    }
}

/// The server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be used.
    #[error("cannot listen on {0}")]
    Bind(SocketAddr, #[source] io::Error),
    /// The certificate or key cannot be used.
    #[error("the serving certificate cannot be used: {0}")]
    Certificate(String),
    /// The TLS versions cannot be had.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

impl ServerError {
    /// Fixed word for labels.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Bind(..) => "AddressUnusable",
            Self::Certificate(_) => "CertificateInvalid",
            Self::Tls(_) => "TlsInvalid",
        }
    }
}

/// How an end went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut off when the time was over.
    pub cut_off: usize,
}

/// A server that has its address.
pub struct Server {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    api: Arc<MetricsApi>,
    limits: Limits,
}

impl Server {
    /// Takes the address; connections wait until [`Server::serve`].
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn bind(
        address: SocketAddr,
        certificate: Arc<ServingCertificate>,
        least: TlsVersion,
        api: Arc<MetricsApi>,
        limits: Limits,
    ) -> Result<Self, ServerError> {
        certificate.count_in(&api.counters);
        let config = tls::config(certificate, least)?;
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|error| ServerError::Bind(address, error))?;
        Ok(Self {
            listener,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            api,
            limits,
        })
    }

    /// Where it answers: a port of 0 has become a real one.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until cancelled; then takes no more connections, finishes what is being answered,
    /// and cuts off the rest when the time for it is over.
    pub async fn serve(self, cancel: CancellationToken) -> Drained {
        let connections = Arc::new(Semaphore::new(self.limits.connections));
        let requests = Arc::new(Semaphore::new(self.limits.requests));
        let tracker = TaskTracker::new();
        let cut = CancellationToken::new();
        loop {
            let accept = async {
                let permit = connections.clone().acquire_owned().await;
                (permit, self.listener.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                () = cancel.cancelled() => break,
                accepted = accept => accepted,
            };
            let (Ok(permit), Ok((stream, peer))) = (permit, accepted) else {
                // Out of file descriptors, or a peer that has gone: the next may do better.
                tokio::select! {
                    () = cancel.cancelled() => break,
                    () = tokio::time::sleep(Duration::from_millis(50)) => continue,
                }
            };
            let connection = Connection {
                api: self.api.clone(),
                acceptor: self.acceptor.clone(),
                requests: requests.clone(),
                limits: self.limits,
                cancel: cancel.clone(),
            };
            let cut = cut.clone();
            tracker.spawn(async move {
                let _permit = permit;
                tokio::select! {
                    () = cut.cancelled() => {}
                    result = connection.run(stream) => if let Err(error) = result {
                        tracing::debug!(%peer, error, "a connection ended early");
                    }
                }
            });
        }
        drop(self.listener);
        tracker.close();
        let drained = tokio::time::timeout(self.limits.drain, tracker.wait()).await;
        let cut_off = if drained.is_ok() { 0 } else { tracker.len() };
        cut.cancel();
        tracker.wait().await;
        if cut_off > 0 {
            tracing::warn!(connections = cut_off, "connections were cut off");
        }
        Drained { cut_off }
    }
}
