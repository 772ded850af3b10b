use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use secrecy::ExposeSecret;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::capability::tls;
use crate::grants::{Policy, TlsParameters};
use crate::names::Names;
use crate::state::{Scope, lock};

/// Go's default, which KEDA's users know: idle connections are kept for a minute and a half.
const IDLE: Duration = Duration::from_secs(90);
/// One TLS configuration each; more than any one machine has credentials for.
const MOST_CLIENTS: usize = 1024;

pub(crate) type HttpClient = Client<HttpsConnector<HttpConnector<Guarded>>, WasiBody>;

/// Pools of connections, one for each TLS configuration: connections made with one trigger's
/// client certificate never serve another's.
pub(crate) struct HttpClients {
    clients: Mutex<HashMap<blake3::Hash, HttpClient>>,
    resolver: Guarded,
}

impl HttpClients {
    pub(crate) fn new(policy: &Policy, names: Arc<dyn Names>) -> Self {
        Self {
            clients: Mutex::default(),
            resolver: Guarded {
                link_local: policy.link_local,
                names,
            },
        }
    }

    /// The pool for this trigger.
    pub(crate) fn of(&self, scope: &Scope) -> Result<HttpClient, Error> {
        let key = fingerprint(&scope.grants.tls);
        if let Some(client) = lock(&self.clients).get(&key) {
            return Ok(client.clone());
        }
        let tls = tls::client_config(scope)
            .map_err(|unknown| Error::InternalError(Some(unknown.message)))?;
        let mut tcp = HttpConnector::new_with_resolver(self.resolver.clone());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls.as_ref().clone())
            .https_or_http()
            .enable_http1()
            .enable_http2()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(https);
        let mut clients = lock(&self.clients);
        if clients.len() >= MOST_CLIENTS {
            clients.clear();
        }
        clients.insert(key, client.clone());
        Ok(client)
    }
}

/// Tells TLS configurations apart.
fn fingerprint(tls: &TlsParameters) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for part in [&tls.ca, &tls.cert, &tls.key] {
        let text = part.as_ref().map_or("", |p| p.expose_secret());
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.update(&[u8::from(tls.skip_verify), u8::from(tls.key_password)]);
    hasher.finalize()
}

/// Says of a failed request what a component can tell its user.
pub(super) fn explain(error: ClientError) -> Error {
    if let Some(tls) = cause::<rustls::Error>(&error) {
        return Error::Tls(std::io::Error::other(tls.clone()));
    }
    if cause::<Prohibited>(&error).is_some() {
        return Error::DestinationIpProhibited;
    }
    if let Some(io) = cause::<std::io::Error>(&error) {
        // HTTP/2 keeps the text of a TLS error alone.
        if let Some(alert) = io.to_string().strip_prefix("received fatal alert: ") {
            return Error::TlsAlertReceived {
                alert_id: None,
                alert_message: Some(alert.to_string()),
            };
        }
        return Error::Connect(std::io::Error::new(io.kind(), io.to_string()));
    }
    if cause::<hyper::Error>(&error).is_some_and(hyper::Error::is_parse) {
        return Error::HttpProtocolError;
    }
    match error.is_connect() {
        true => Error::DestinationUnavailable,
        false => Error::ConnectionTerminated,
    }
}

/// The first cause of that type. An I/O error's own `source` skips what it wraps.
fn cause<'e, E: std::error::Error + 'static>(
    error: &'e (dyn std::error::Error + 'static),
) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(|io| io.get_ref());
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

/// A name's only addresses must not be reached.
#[derive(Debug, thiserror::Error)]
#[error("the name resolves to an address that must not be reached")]
struct Prohibited;

/// Resolves names and drops addresses that must not be reached. Which names may be asked for is
/// decided before, per trigger.
#[derive(Clone)]
pub(crate) struct Guarded {
    link_local: bool,
    names: Arc<dyn Names>,
}

impl tower_service::Service<Name> for Guarded {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = std::io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (link_local, names) = (self.link_local, self.names.clone());
        Box::pin(async move {
            let allowed: Vec<SocketAddr> = names
                .look_up(name.as_str())
                .await?
                .into_iter()
                .filter(|address| link_local || !crate::grants::is_link_local(*address))
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            if allowed.is_empty() {
                return Err(std::io::Error::other(Prohibited));
            }
            Ok(allowed.into_iter())
        })
    }
}
