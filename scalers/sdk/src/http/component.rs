use std::time::Instant;

use super::{Answer, Exchange, MOST_BODY, announces_too_much, too_long};
use crate::Failure;
use crate::bindings::wasi::clocks::monotonic_clock;
use crate::bindings::wasi::http::outgoing_handler;
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, RequestOptions,
    Scheme, http_error_code,
};
use crate::bindings::wasi::io::poll::{self, Pollable};
use crate::bindings::wasi::io::streams::StreamError;

/// As much as one `blocking-write-and-flush` takes.
const MOST_WRITTEN: usize = 4096;
/// Bounds one read's allocation on the host's side.
const MOST_READ: u64 = 64 * 1024;

/// Has the host send it.
pub(super) fn transmit(exchange: &Exchange<'_>) -> Result<Answer, Failure> {
    let request = request(exchange).map_err(|()| not_sendable())?;
    let body = if exchange.body.is_empty() {
        None
    } else {
        Some(request.body().map_err(|()| not_sendable())?)
    };
    let options = RequestOptions::new();
    let left = nanoseconds(exchange.deadline);
    // Where the host does not know these, the waits below still end in time.
    let _ = options.set_connect_timeout(Some(left));
    let _ = options.set_first_byte_timeout(Some(left));
    let pending = outgoing_handler::handle(request, Some(options)).map_err(failure)?;
    if let Some(body) = body {
        write(body, exchange.body)?;
    }
    wait(&pending.subscribe(), exchange.deadline)?;
    let response = match pending.get() {
        Some(Ok(answer)) => answer.map_err(failure)?,
        _ => return Err(Failure::other("the host gave no answer")),
    };
    let headers: Vec<_> = response
        .headers()
        .entries()
        .into_iter()
        .map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned()))
        .collect();
    if announces_too_much(&headers) {
        return Err(too_long());
    }
    Ok(Answer {
        status: response.status(),
        headers,
        body: read(&response, exchange.deadline)?,
    })
}

fn request(exchange: &Exchange<'_>) -> Result<OutgoingRequest, ()> {
    let fields = Fields::new();
    for (name, value) in exchange.headers {
        fields.append(name, value.as_bytes()).map_err(drop)?;
    }
    if !exchange.body.is_empty() {
        let length = exchange.body.len().to_string();
        fields
            .append("content-length", length.as_bytes())
            .map_err(drop)?;
    }
    let request = OutgoingRequest::new(fields);
    let method = match exchange.method {
        "POST" => Method::Post,
        _ => Method::Get,
    };
    let scheme = if exchange.url.https {
        Scheme::Https
    } else {
        Scheme::Http
    };
    request.set_method(&method)?;
    request.set_scheme(Some(&scheme))?;
    request.set_authority(Some(&exchange.url.authority))?;
    request.set_path_with_query(Some(&exchange.url.target))?;
    Ok(request)
}

fn not_sendable() -> Failure {
    Failure::rejected("the request cannot be sent as it stands")
}

fn write(body: OutgoingBody, bytes: &[u8]) -> Result<(), Failure> {
    let stream = body.write().map_err(|()| not_sendable())?;
    for piece in bytes.chunks(MOST_WRITTEN) {
        // Whatever is wrong with the connection, the answer tells.
        if stream.blocking_write_and_flush(piece).is_err() {
            break;
        }
    }
    drop(stream);
    let _ = OutgoingBody::finish(body, None);
    Ok(())
}

fn read(response: &IncomingResponse, deadline: Instant) -> Result<Vec<u8>, Failure> {
    let gone = |()| Failure::other("the host gave no body");
    let body = response.consume().map_err(gone)?;
    let stream = body.stream().map_err(gone)?;
    let mut bytes = Vec::new();
    loop {
        wait(&stream.subscribe(), deadline)?;
        match stream.read(MOST_READ) {
            Ok(piece) => bytes.extend(piece),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(error)) => {
                let failed = http_error_code(&error).map(failure);
                return Err(failed.unwrap_or_else(|| unnamed(&error.to_debug_string())));
            }
        }
        if bytes.len() > MOST_BODY {
            return Err(too_long());
        }
    }
}

/// Waits until `ready`, at most until the deadline.
fn wait(ready: &Pollable, deadline: Instant) -> Result<(), Failure> {
    let late = monotonic_clock::subscribe_duration(nanoseconds(deadline));
    if poll::poll(&[ready, &late]).contains(&0) {
        Ok(())
    } else {
        Err(late_answer())
    }
}

fn nanoseconds(deadline: Instant) -> u64 {
    let left = deadline.saturating_duration_since(Instant::now());
    u64::try_from(left.as_nanos()).unwrap_or(u64::MAX)
}

/// Some hosts name what happened to a body in words alone.
fn unnamed(text: &str) -> Failure {
    if text.contains("body size") {
        too_long()
    } else {
        cut_off()
    }
}

fn cut_off() -> Failure {
    Failure::unreachable("the connection was closed before the answer was complete")
}

fn late_answer() -> Failure {
    Failure::timed_out("no answer in time")
}

fn failure(code: ErrorCode) -> Failure {
    use ErrorCode as Code;
    match code {
        Code::DnsError(_) | Code::DestinationNotFound => {
            Failure::unreachable("the host's name is not known")
        }
        Code::ConnectionRefused => Failure::unreachable("connection refused"),
        Code::DestinationUnavailable | Code::DestinationIpUnroutable => {
            Failure::unreachable("no connection")
        }
        Code::ConnectionTerminated | Code::HttpResponseIncomplete => cut_off(),
        Code::DnsTimeout
        | Code::ConnectionTimeout
        | Code::ConnectionReadTimeout
        | Code::ConnectionWriteTimeout
        | Code::HttpResponseTimeout => late_answer(),
        Code::TlsCertificateError => Failure::tls_failed(
            "the server's certificate is not trusted, not valid now or for another name",
        ),
        Code::TlsAlertReceived(alert) => {
            let text = alert.alert_message.unwrap_or_default();
            Failure::tls_failed(format!("the server ended the tls handshake: {text}"))
        }
        Code::TlsProtocolError => Failure::tls_failed("the tls handshake failed"),
        Code::HttpRequestDenied | Code::DestinationIpProhibited => {
            Failure::denied("not among the places that the trigger may reach")
        }
        Code::ConnectionLimitReached => Failure::denied("too many requests in one call"),
        Code::HttpResponseBodySize(_) => too_long(),
        Code::HttpResponseHeaderSectionSize(_)
        | Code::HttpResponseHeaderSize(_)
        | Code::HttpResponseTransferCoding(_)
        | Code::HttpResponseContentCoding(_)
        | Code::HttpProtocolError => Failure::malformed("the answer is not HTTP"),
        Code::HttpRequestUriInvalid | Code::HttpRequestUriTooLong => not_sendable(),
        Code::InternalError(Some(text)) => Failure::other(text),
        other => Failure::other(format!("{other:?}").to_lowercase()),
    }
}
