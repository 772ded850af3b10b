//! HTTP requests to the places that the trigger's own endpoint parameters name.
//!
//! The host sends them, through connections that it pools for all triggers, HTTP/1 and HTTP/2; for
//! `https` the parameters with TLS roles decide about authorities, client certificate and
//! verification. In an ordinary program, such as a scaler's tests, there is `http` only.

#[cfg(target_family = "wasm")]
mod component;
mod request;
mod response;
mod url;

pub use request::Request;
pub use response::Response;
pub use url::check_url;

use std::time::{Duration, Instant};

use url::Url;

/// How long a request may take, from connecting to the last byte of the answer, unless told
/// otherwise. What KEDA's users know as the default of `KEDA_HTTP_DEFAULT_TIMEOUT`.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// Most bytes of an answer's body. Hosts end longer ones by themselves.
pub const MOST_BODY: usize = 16 << 20;

/// One request on its way to one place: a redirection makes another.
pub(crate) struct Exchange<'a> {
    pub(crate) method: &'static str,
    pub(crate) url: &'a Url,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a [u8],
    pub(crate) deadline: Instant,
}

/// What came back, whatever it says.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The same text from every transport.
pub(crate) fn too_long() -> crate::Failure {
    crate::Failure::malformed(format!("the answer has more than {MOST_BODY} bytes"))
}

/// Whether an answer announces a body that is too long: then there is no use in reading it.
pub(crate) fn announces_too_much(headers: &[(String, String)]) -> bool {
    response::find(headers, "content-length")
        .and_then(|length| length.trim().parse::<u64>().ok())
        .is_some_and(|length| length > MOST_BODY as u64)
}
