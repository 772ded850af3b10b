//! Servers for what components connect to.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto::ring};

/// An HTTP server that answers everything alike, until the test ends.
///
/// # Panics
/// When no port is free.
pub async fn http_server(status: &'static str, body: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(answer(connection, status, body));
        }
    });
    address
}

/// An HTTP server that sends everybody elsewhere, until the test ends.
///
/// # Panics
/// When no port is free.
pub async fn redirecting_server(to: &str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let status = format!("302 Found\r\nLocation: {to}");
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            answer(connection, &status, "").await;
        }
    });
    address
}

async fn answer(mut connection: impl AsyncRead + AsyncWrite + Unpin, status: &str, body: &str) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match connection.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let _ = connection
        .write_all(format!("{head}{body}").as_bytes())
        .await;
    let _ = connection.shutdown().await;
}

/// A TLS server for `localhost` that answers `ping` with `pong` and who asked; with an authority
/// of its own.
pub struct TlsServer {
    /// TLS from the first byte.
    pub port: u16,
    /// TLS after `start` was answered with `go`.
    pub upgrade_port: u16,
    /// HTTPS.
    pub https_port: u16,
    /// PEM certificate of the authority.
    pub authority: String,
    /// PEM certificate of a client that the server accepts.
    pub client_certificate: String,
    /// Its PEM private key.
    pub client_key: String,
}

impl TlsServer {
    /// Starts it, until the test ends.
    ///
    /// # Panics
    /// When certificates cannot be made or no port is free.
    pub async fn start() -> Self {
        let authority_key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&authority_key).expect("an authority");
        let issuer = Issuer::new(params, authority_key);
        let issue = |name: &str| {
            let key = KeyPair::generate().expect("a key");
            let params = CertificateParams::new([name.to_string()]).expect("a name");
            let certificate = params.signed_by(&key, &issuer).expect("a certificate");
            (certificate, key)
        };
        let (server, server_key) = issue("localhost");
        let (client, client_key) = issue("client");

        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).expect("an authority");
        let provider = Arc::new(ring::default_provider());
        let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
            .allow_unauthenticated()
            .build()
            .expect("a verifier");
        let key = PrivateKeyDer::from_pem_slice(server_key.serialize_pem().as_bytes());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![server.der().clone()], key.expect("a key"))
            .expect("a configuration");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self {
            port: serve(acceptor.clone(), Service::Pong).await,
            upgrade_port: serve(acceptor.clone(), Service::UpgradeThenPong).await,
            https_port: serve(acceptor, Service::Http).await,
            authority: authority.pem(),
            client_certificate: client.pem(),
            client_key: client_key.serialize_pem(),
        }
    }
}

#[derive(Clone, Copy)]
enum Service {
    Pong,
    UpgradeThenPong,
    Http,
}

async fn serve(acceptor: TlsAcceptor, service: Service) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(converse(connection, acceptor.clone(), service));
        }
    });
    port
}

async fn converse(
    mut plain: TcpStream,
    acceptor: TlsAcceptor,
    service: Service,
) -> std::io::Result<()> {
    if matches!(service, Service::UpgradeThenPong) {
        let mut start = [0; 6];
        plain.read_exact(&mut start).await?;
        plain.write_all(b"go\n").await?;
    }
    let mut tls = acceptor.accept(plain).await?;
    if matches!(service, Service::Http) {
        answer(tls, "200 OK", "secure").await;
        return Ok(());
    }
    let known = tls.get_ref().1.peer_certificates().is_some();
    let mut ping = [0; 5];
    tls.read_exact(&mut ping).await?;
    let who = if known { "a client" } else { "nobody" };
    tls.write_all(format!("pong from {who}\n").as_bytes())
        .await?;
    tls.shutdown().await
}

/// A server that sends the same bytes for ever, with a pause between, until the test ends.
///
/// # Panics
/// When no port is free.
pub async fn stream_server(bytes: &'static [u8], pause: std::time::Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut ticks = (!pause.is_zero()).then(|| tokio::time::interval(pause));
                while connection.write_all(bytes).await.is_ok() {
                    if let Some(ticks) = &mut ticks {
                        ticks.tick().await;
                    }
                }
            });
        }
    });
    address
}
