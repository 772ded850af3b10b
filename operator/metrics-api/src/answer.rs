//! Answers as they go over the wire: what Kubernetes' own API servers send, byte for byte.

mod discovery;
mod media;
mod metrics;
mod openapi;
mod status;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

pub(crate) use discovery::{group, group_list, resources};
pub(crate) use media::{Accepted, Format, accepted, is_pretty};
pub(crate) use metrics::metric_values;
pub(crate) use openapi::{openapi_v2, openapi_v3, openapi_v3_group, version};
pub(crate) use status::Status;

pub(crate) type Answer = Response<Full<Bytes>>;

/// An answer with a body of that type.
pub(crate) fn answer(code: StatusCode, media: &str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = code;
    let media = HeaderValue::from_str(media);
    let media = media.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, media);
    // What one caller may see is no other's business.
    let private = HeaderValue::from_static("no-cache, private");
    headers.insert(header::CACHE_CONTROL, private);
    answer
}

/// Plain text, as probes get it.
pub(crate) fn text(code: StatusCode, text: String) -> Answer {
    answer(code, "text/plain; charset=utf-8", text)
}
