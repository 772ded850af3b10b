use std::io::{self, Read as _};
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::Request;

use crate::Failure;
use crate::http::{Answer, Exchange, MOST_BODY, announces_too_much, too_long};

/// Sends it over a connection of its own. Clear text only: it is the host that makes TLS.
pub(crate) fn transmit(exchange: &Exchange<'_>) -> Result<Answer, Failure> {
    if exchange.url.https {
        return Err(Failure::other("tls is there only in a component"));
    }
    let left = exchange.deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::Error::from(io::ErrorKind::TimedOut).into());
    }
    let url = format!("http://{}{}", exchange.url.authority, exchange.url.target);
    let mut request = Request::builder().method(exchange.method).uri(url);
    for (name, value) in exchange.headers {
        request = request.header(name, value);
    }
    let request = request
        .body(exchange.body)
        .map_err(|e| Failure::rejected(e.to_string()))?;
    let mut response = agent(left).run(request).map_err(failure)?;
    let headers: Vec<_> = response
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), value.into_owned())
        })
        .collect();
    if announces_too_much(&headers) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    let reader = response.body_mut().as_reader();
    reader
        .take(MOST_BODY as u64 + 1)
        .read_to_end(&mut body)
        .map_err(|e| failure(ureq::Error::from(e)))?;
    if body.len() > MOST_BODY {
        return Err(too_long());
    }
    Ok(Answer {
        status: response.status().as_u16(),
        headers,
        body,
    })
}

fn agent(timeout: Duration) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        // Followed where the two kinds of transport come together.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent("")
        .accept("")
        .accept_encoding("")
        .timeout_global(Some(timeout))
        .build()
        .into()
}

fn failure(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::Timeout(_) => io::Error::from(io::ErrorKind::TimedOut).into(),
        ureq::Error::HostNotFound => unknown_name(),
        // std gives names that cannot be resolved no kind of their own.
        ureq::Error::Io(error) if error.to_string().contains("lookup address") => unknown_name(),
        ureq::Error::ConnectionFailed => Failure::unreachable("connection refused"),
        // Ended before the answer did.
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => closed(),
        ureq::Error::Io(error) => match error.get_ref().and_then(|e| e.downcast_ref()) {
            Some(ureq::Error::Timeout(_)) => io::Error::from(io::ErrorKind::TimedOut).into(),
            _ => error.into(),
        },
        other => Failure::malformed(format!("the answer is not HTTP: {other}")),
    }
}

fn unknown_name() -> Failure {
    Failure::unreachable("the host's name is not known")
}

fn closed() -> Failure {
    Failure::unreachable("the connection was closed before the answer was complete")
}
