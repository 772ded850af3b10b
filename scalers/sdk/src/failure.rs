use std::{error, fmt, io};

use crate::bindings::penstock::scaler::types::{
    OpenError, Outcome, ParameterError, Unknown, UnknownReason,
};

/// Why there is no reading. There is no third way: whatever is not a number says who has to act.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The source's fault, or the network's: it may pass by itself.
    Unknown(Unknown),
    /// The user's fault: it will not pass until a parameter changes.
    Config(Vec<ParameterError>),
}

macro_rules! constructors {
    ($($name:ident => $reason:ident, $doc:literal;)*) => {$(
        #[doc = $doc]
        ///
        /// `message` is one sentence in lower case with the place asked and the error; never a
        /// secret.
        pub fn $name(message: impl Into<String>) -> Self {
            Self::unknown(UnknownReason::$reason, message)
        }
    )*};
}

impl Failure {
    /// An unknown value with its reason.
    pub fn unknown(reason: UnknownReason, message: impl Into<String>) -> Self {
        Self::Unknown(Unknown {
            reason,
            message: message.into(),
        })
    }

    /// One parameter the user must change.
    pub fn config(parameter: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Config(vec![ParameterError::new(parameter, message)])
    }

    constructors! {
        unreachable => Unreachable, "No connection: name not found, refused, reset, no route.";
        timed_out => TimedOut, "No answer in time.";
        tls_failed => TlsFailed, "The TLS handshake failed.";
        unauthenticated => Unauthenticated, "The source does not accept the credentials.";
        forbidden => Forbidden, "The source knows who asks and does not allow it.";
        not_found => NotFound, "What was asked for does not exist, and that is not the same as empty.";
        rejected => Rejected, "The source cannot serve the request as it stands.";
        unavailable => Unavailable, "The source cannot serve now.";
        rate_limited => RateLimited, "The source asked to be asked less often.";
        malformed => Malformed, "The answer could not be understood.";
        denied => Denied, "The place asked is not among the trigger's grants.";
        other => Other, "None of the other reasons.";
    }

    /// Puts `what` and a colon before an unknown's message, such as the place that was asked.
    #[must_use]
    pub fn within(self, what: impl fmt::Display) -> Self {
        match self {
            Self::Unknown(unknown) => Self::Unknown(Unknown {
                message: format!("{what}: {}", unknown.message),
                ..unknown
            }),
            config @ Self::Config(_) => config,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(unknown) => f.write_str(&unknown.message),
            Self::Config(errors) => {
                for (i, error) in errors.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { "; " })?;
                    f.write_str(&error.message)?;
                }
                Ok(())
            }
        }
    }
}

impl error::Error for Failure {}

impl From<Unknown> for Failure {
    fn from(unknown: Unknown) -> Self {
        Self::Unknown(unknown)
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        Self::other(failure)
    }
}

/// The kind of an I/O error is its reason. A [`Failure`] that travelled inside of one comes out
/// unchanged, so that client libraries which know only `Read` and `Write` lose no reason.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if let Some(failure) = error.get_ref().and_then(|e| e.downcast_ref::<Self>()) {
            return failure.clone();
        }
        let reason = reason_of(error.kind());
        let message = match reason {
            // The platforms call it all sorts of things.
            UnknownReason::TimedOut => "no answer in time".to_string(),
            _ => plain(&error),
        };
        Self::unknown(reason, message)
    }
}

/// The error's text without the platform's number for it.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}

fn reason_of(kind: io::ErrorKind) -> UnknownReason {
    use io::ErrorKind as Kind;
    match kind {
        // A read or write time-out of a socket is reported as `WouldBlock` on Unix.
        Kind::TimedOut | Kind::WouldBlock => UnknownReason::TimedOut,
        Kind::PermissionDenied => UnknownReason::Denied,
        Kind::InvalidData => UnknownReason::Malformed,
        Kind::ConnectionRefused
        | Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::NotConnected
        | Kind::BrokenPipe
        | Kind::UnexpectedEof
        | Kind::WriteZero
        | Kind::HostUnreachable
        | Kind::NetworkUnreachable
        | Kind::NetworkDown
        | Kind::AddrNotAvailable
        | Kind::NotFound => UnknownReason::Unreachable,
        _ => UnknownReason::Other,
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unknown(unknown) => Self::Unknown(unknown),
            Failure::Config(errors) => Self::Config(errors),
        }
    }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unknown(unknown) => Self::Unknown(unknown),
            Failure::Config(errors) => Self::Config(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_errors_keep_their_meaning() {
        for (kind, reason) in [
            (io::ErrorKind::ConnectionRefused, UnknownReason::Unreachable),
            (io::ErrorKind::NotFound, UnknownReason::Unreachable),
            (io::ErrorKind::WouldBlock, UnknownReason::TimedOut),
            (io::ErrorKind::TimedOut, UnknownReason::TimedOut),
            (io::ErrorKind::PermissionDenied, UnknownReason::Denied),
            (io::ErrorKind::OutOfMemory, UnknownReason::Other),
        ] {
            let Failure::Unknown(unknown) = io::Error::from(kind).into() else {
                panic!("{kind} is the source's fault");
            };
            assert_eq!(unknown.reason, reason, "{kind}");
        }
    }

    #[test]
    fn the_text_of_an_io_error_is_the_same_on_every_platform() {
        for (error, text) in [
            (
                io::Error::new(
                    io::ErrorKind::ConnectionRefused,
                    "Connection refused (os error 111)",
                ),
                "connection refused",
            ),
            (io::ErrorKind::WouldBlock.into(), "no answer in time"),
        ] {
            assert_eq!(Failure::from(error).to_string(), text);
        }
    }

    #[test]
    fn a_failure_passes_through_an_io_error_unchanged() {
        let failure = Failure::tls_failed("h:1: certificate expired");
        assert_eq!(Failure::from(io::Error::from(failure.clone())), failure);
    }

    #[test]
    fn a_place_is_put_before_the_message_of_an_unknown_only() {
        assert_eq!(
            Failure::timed_out("no answer").within("h:1"),
            Failure::timed_out("h:1: no answer")
        );
        let config = Failure::config("a", "no");
        assert_eq!(config.clone().within("h:1"), config);
    }
}
