//! TLS made by the host, so that keys stay out of the component. Certificates and verification
//! come from the parameters with TLS roles.

mod config;
mod stream;

use std::net::SocketAddr;
use std::sync::Arc;

use runtime_types::{Unknown, UnknownReason};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wasmtime_wasi::p2::pipe::{AsyncReadStream, AsyncWriteStream};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use super::{dns, tcp::ConnectionCount};
use crate::abi::v1::tls::{Connection, Host};
use crate::abi::v1::{lower_unknown, types};
use crate::state::{GuestState, Scope, lock};

/// Bytes that a component may write ahead of the network.
const WRITE_AHEAD: usize = 64 << 10;

impl Host for GuestState {
    async fn connect(
        &mut self,
        host: String,
        port: u16,
    ) -> wasmtime::Result<Result<Connection, types::Unknown>> {
        self.impure("tls.connect")?;
        let connected = async {
            let tcp = dial(&self.scope, &self.connections, &host, port).await?;
            handshake(&self.scope, tcp, &host).await
        }
        .await;
        self.hand_over(connected)
    }

    async fn upgrade(
        &mut self,
        plain: Connection,
        server_name: String,
    ) -> wasmtime::Result<Result<Connection, types::Unknown>> {
        self.impure("tls.upgrade")?;
        let input: DynInputStream = self.table.delete(plain.input)?;
        let output: DynOutputStream = self.table.delete(plain.output)?;
        let plain = stream::join(input, output);
        let upgraded = handshake(&self.scope, plain, &server_name).await;
        self.hand_over(upgraded)
    }
}

impl GuestState {
    fn hand_over<S: AsyncRead + AsyncWrite + Send + 'static>(
        &mut self,
        connected: Result<S, Unknown>,
    ) -> wasmtime::Result<Result<Connection, types::Unknown>> {
        let tls = match connected {
            Ok(tls) => tls,
            Err(unknown) => return Ok(Err(lower_unknown(unknown))),
        };
        let (read, write) = tokio::io::split(tls);
        let input: DynInputStream = Box::new(AsyncReadStream::new(read));
        let output: DynOutputStream = Box::new(AsyncWriteStream::new(WRITE_AHEAD, write));
        Ok(Ok(Connection {
            input: self.table.push(input)?,
            output: self.table.push(output)?,
        }))
    }
}

/// Connects to a granted host, trying its addresses in order.
async fn dial(
    scope: &Scope,
    connections: &ConnectionCount,
    host: &str,
    port: u16,
) -> Result<TcpStream, Unknown> {
    if !scope.grants.allow_host(host, port) {
        return Err(dns::denied(scope, &format!("{host}:{port}")));
    }
    let mut last = None;
    for address in dns::resolve(scope, host).await? {
        if !connections.open() {
            let message = "the component opened too many connections in one call";
            return Err(Unknown::new(UnknownReason::Denied, message));
        }
        match TcpStream::connect(SocketAddr::new(address, port)).await {
            Ok(tcp) => return Ok(tcp),
            Err(error) => last = Some(error),
        }
    }
    let error = last.map_or_else(String::new, |e| e.to_string());
    let message = format!("cannot connect to {host}:{port}: {error}");
    Err(Unknown::new(UnknownReason::Unreachable, message))
}

async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    scope: &Scope,
    plain: S,
    host: &str,
) -> Result<tokio_rustls::client::TlsStream<S>, Unknown> {
    let failed = |why: String| Unknown::new(UnknownReason::TlsFailed, why);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(bare.to_string())
        .map_err(|_| failed(format!("{host} is no name that a certificate can have")))?;
    TlsConnector::from(client_config(scope)?)
        .connect(name, plain)
        .await
        .map_err(|e| failed(format!("TLS with {host}: {e}")))
}

/// The trigger's TLS configuration, made once.
pub(crate) fn client_config(scope: &Scope) -> Result<Arc<ClientConfig>, Unknown> {
    let mut kept = lock(&scope.reach.tls);
    if let Some(config) = kept.as_ref() {
        return Ok(config.clone());
    }
    let config =
        config::of(&scope.grants.tls).map_err(|why| Unknown::new(UnknownReason::TlsFailed, why))?;
    *kept = Some(config.clone());
    Ok(config)
}
