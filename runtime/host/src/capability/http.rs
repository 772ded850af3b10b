//! `wasi:http` through pooled connections: HTTP/1 and HTTP/2, the machine's and the trigger's
//! own certification authorities, only towards granted hosts.

mod client;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Scheme;
use http_body_util::{BodyExt, Limited};
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, TlsAlertReceivedPayload};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

pub(crate) use client::HttpClients;

use super::tcp::ConnectionCount;
use crate::limits::Limits;
use crate::state::Scope;

/// What a component's requests pass through.
pub(crate) struct HttpGate {
    scope: Arc<Scope>,
    clients: Arc<HttpClients>,
    limits: Arc<Limits>,
    requests: Arc<ConnectionCount>,
}

impl HttpGate {
    pub(crate) fn new(
        scope: Arc<Scope>,
        clients: Arc<HttpClients>,
        limits: Arc<Limits>,
        requests: Arc<ConnectionCount>,
    ) -> Self {
        Self {
            scope,
            clients,
            limits,
            requests,
        }
    }
}

type Sent = Result<
    (
        http::Response<WasiBody>,
        Box<dyn Future<Output = Result<(), Error>> + Send>,
    ),
    Error,
>;

impl WasiHttpHooks for HttpGate {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _response_read: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let (scope, clients) = (self.scope.clone(), self.clients.clone());
        let body_bytes = self.limits.body_bytes;
        let counted = self.requests.open();
        let deadline = self.scope.patience;
        Box::new(async move {
            if !counted {
                return Err(Error::ConnectionLimitReached);
            }
            allow(&scope, request.uri())?;
            let client = clients.of(&scope)?;
            let timeout = options
                .and_then(|o| o.first_byte_timeout)
                .map_or(deadline, |asked: Duration| asked.min(deadline));
            let response = tokio::time::timeout(timeout, client.request(request))
                .await
                .map_err(|_| Error::ConnectionReadTimeout)?
                .map_err(client::explain)?;
            let most = usize::try_from(body_bytes).unwrap_or(usize::MAX);
            let response = response.map(|body| {
                Limited::new(body, most)
                    .map_err(move |e| match e.downcast::<hyper::Error>() {
                        Ok(broken) => Error::Hyper(*broken),
                        Err(_) => Error::HttpResponseBodySize(Some(body_bytes)),
                    })
                    .boxed_unsync()
            });
            let nothing_left: Box<dyn Future<Output = Result<(), Error>> + Send> =
                Box::new(std::future::ready(Ok(())));
            Ok((response, nothing_left))
        })
    }

    fn p2_error_from_connect(&mut self, error: &std::io::Error) -> ErrorCode {
        use std::io::ErrorKind as Kind;
        match error.kind() {
            Kind::TimedOut => ErrorCode::ConnectionTimeout,
            Kind::ConnectionRefused => ErrorCode::ConnectionRefused,
            Kind::HostUnreachable | Kind::NetworkUnreachable => ErrorCode::DestinationIpUnroutable,
            Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::BrokenPipe
            | Kind::UnexpectedEof => ErrorCode::ConnectionTerminated,
            _ => ErrorCode::InternalError(Some(error.to_string())),
        }
    }

    fn p2_error_from_tls(&mut self, error: &std::io::Error) -> ErrorCode {
        tracing::debug!(%error, "TLS failed");
        match error.get_ref().and_then(|e| e.downcast_ref()) {
            Some(rustls::Error::AlertReceived(alert)) => {
                ErrorCode::TlsAlertReceived(TlsAlertReceivedPayload {
                    alert_id: Some(u8::from(*alert)),
                    alert_message: Some(format!("{alert:?}")),
                })
            }
            Some(rustls::Error::InvalidCertificate(_)) => ErrorCode::TlsCertificateError,
            _ => ErrorCode::TlsProtocolError,
        }
    }

    fn p2_error_from_hyper(&mut self, error: &hyper::Error) -> ErrorCode {
        if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
            ErrorCode::ConnectionTerminated
        } else if error.is_timeout() {
            ErrorCode::ConnectionReadTimeout
        } else {
            ErrorCode::HttpProtocolError
        }
    }
}

/// Whether the trigger may send a request there.
fn allow(scope: &Scope, uri: &http::Uri) -> Result<(), Error> {
    let host = uri.host().ok_or(Error::HttpRequestUriInvalid)?;
    let default_port = if uri.scheme() == Some(&Scheme::HTTPS) {
        443
    } else {
        80
    };
    let port = uri.port_u16().unwrap_or(default_port);
    if !scope.grants.allow_host(host, port) {
        tracing::debug!(
            host,
            port,
            "a component asked for a host that is not granted"
        );
        return Err(Error::HttpRequestDenied);
    }
    // A literal address is not resolved, so it is checked here.
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse()
        && !scope.grants.allow_address(address)
    {
        return Err(Error::DestinationIpProhibited);
    }
    Ok(())
}
