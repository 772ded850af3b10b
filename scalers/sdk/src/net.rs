//! Connections to the places that the trigger's own endpoint parameters name.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::Failure;

#[cfg(target_family = "wasm")]
mod component;

/// A connection, in clear text or over TLS made by the host.
pub struct Stream(Inner);

enum Inner {
    Plain(TcpStream),
    #[cfg(target_family = "wasm")]
    Tls(component::TlsStream),
}

/// Connects to `host`:`port`, over TLS if `tls` is set: the trigger's parameters with the roles
/// `tls-ca`, `tls-cert`, `tls-key` and `tls-skip-verify` decide how.
///
/// # Errors
/// With the place asked. Natively there is no TLS: it is the host that makes it.
pub fn connect(host: &str, port: u16, tls: bool) -> Result<Stream, Failure> {
    let place = || format!("{}:{port}", bracketed(host));
    if tls {
        #[cfg(target_family = "wasm")]
        return component::TlsStream::connect(host, port)
            .map(|stream| Stream(Inner::Tls(stream)))
            .map_err(|unknown| Failure::from(unknown).within(place()));
        #[cfg(not(target_family = "wasm"))]
        return Err(Failure::other("tls is there only in a component").within(place()));
    }
    TcpStream::connect((host.trim_matches(['[', ']']), port))
        .map(|stream| {
            // Requests are small and wait for an answer. Where it cannot be set, all still works.
            let _ = stream.set_nodelay(true);
            Stream(Inner::Plain(stream))
        })
        .map_err(|error| unresolved_or(error).within(place()))
}

/// Connects to a `host:port` text, with `default_port` where there is none.
///
/// # Errors
/// As [`connect`] does; and when the text is no such place, as the parameter's fault.
pub fn connect_to(
    place: &str,
    default_port: u16,
    parameter: &str,
    tls: bool,
) -> Result<Stream, Failure> {
    let (host, port) = split_place(place)
        .ok_or_else(|| Failure::config(parameter, format!("{place:?} is not a host and a port")))?;
    connect(host, port.unwrap_or(default_port), tls)
}

/// Host and port of `host`, `host:port`, `[v6]` or `[v6]:port`.
pub fn split_place(place: &str) -> Option<(&str, Option<u16>)> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port.parse().ok()?))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    let parts = match place.split_once(':') {
        // More than one colon without brackets: an IPv6 address.
        Some((_, rest)) if rest.contains(':') => (place, None),
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (place, None),
    };
    (!parts.0.is_empty()).then_some(parts)
}

/// A host as it is written before a port.
pub fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]")
    } else {
        host.to_string()
    }
}

/// std gives names that cannot be resolved no kind of their own.
fn unresolved_or(error: io::Error) -> Failure {
    let text = error.to_string();
    if text.contains("lookup address") || text.contains("resolve") {
        return Failure::unreachable(text.to_lowercase());
    }
    error.into()
}

impl Stream {
    /// How long one read or write may take. Where the platform cannot bound it, the host still
    /// bounds the whole poll.
    pub fn set_timeout(&mut self, timeout: Duration) {
        #[cfg(not(target_family = "wasm"))]
        let timeout = crate::native::longest_wait().map_or(timeout, |most| timeout.min(most));
        match &mut self.0 {
            Inner::Plain(stream) => {
                let _ = stream.set_read_timeout(Some(timeout));
                let _ = stream.set_write_timeout(Some(timeout));
            }
            #[cfg(target_family = "wasm")]
            Inner::Tls(stream) => stream.set_timeout(timeout),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Plain(stream) => stream.read(buffer).map_err(told),
            #[cfg(target_family = "wasm")]
            Inner::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Plain(stream) => stream.write(bytes).map_err(told),
            #[cfg(target_family = "wasm")]
            Inner::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Inner::Plain(stream) => stream.flush().map_err(told),
            #[cfg(target_family = "wasm")]
            Inner::Tls(stream) => stream.flush(),
        }
    }
}

/// An error of a connection that was there. In a component the C library knows only that it
/// failed, and says EIO: whatever the cause was, the connection is over.
fn told(error: io::Error) -> io::Error {
    /// As WASI counts errors.
    #[cfg(target_family = "wasm")]
    const EIO: i32 = 29;
    #[cfg(not(target_family = "wasm"))]
    const EIO: i32 = 5;
    match error.raw_os_error() {
        Some(EIO) => io::ErrorKind::ConnectionReset.into(),
        _ => error,
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Plain(stream) => stream.fmt(f),
            #[cfg(target_family = "wasm")]
            Inner::Tls(_) => f.write_str("TlsStream"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnknownReason;

    #[test]
    fn places_are_split_into_host_and_port() {
        for (place, parts) in [
            ("h", Some(("h", None))),
            ("h:1", Some(("h", Some(1)))),
            ("[::1]:2", Some(("::1", Some(2)))),
            ("[::1]", Some(("::1", None))),
            ("::1", Some(("::1", None))),
            ("", None),
            (":1", None),
            ("h:", None),
            ("h:x", None),
            ("h:65536", None),
            ("[::1]x", None),
            ("[::1", None),
        ] {
            assert_eq!(split_place(place), parts, "{place}");
        }
    }

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn a_connection_that_failed_without_a_cause_is_over() {
        let kind = |code| told(io::Error::from_raw_os_error(code)).kind();
        assert_eq!(kind(5), io::ErrorKind::ConnectionReset);
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(told(refused).kind(), io::ErrorKind::ConnectionRefused);
    }

    #[test]
    fn a_name_that_does_not_resolve_is_unreachable() {
        let Failure::Unknown(unknown) = connect("no-such-host.invalid", 1, false).unwrap_err()
        else {
            panic!("not the user's fault");
        };
        assert_eq!(
            unknown.reason,
            UnknownReason::Unreachable,
            "{}",
            unknown.message
        );
        assert!(unknown.message.starts_with("no-such-host.invalid:1: "));
    }
}
