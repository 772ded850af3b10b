use http::StatusCode;
use serde::Serialize;

use crate::route::GROUP;

use super::{Answer, Format};

/// Kubernetes' document for what went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    kind: &'static str,
    api_version: &'static str,
    metadata: Empty,
    status: &'static str,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Box<Details>>,
    pub(crate) code: u16,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Empty {}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u32>,
}

impl Status {
    fn new(code: StatusCode, reason: Option<&'static str>, message: impl Into<String>) -> Self {
        Self {
            kind: "Status",
            api_version: "v1",
            metadata: Empty {},
            status: "Failure",
            message: message.into(),
            reason,
            details: None,
            code: code.as_u16(),
        }
    }

    /// The source of a metric failed. Kubernetes' servers send errors that are not their own
    /// without a reason.
    pub(crate) fn failed(message: String) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None, message)
    }

    /// The caller's words cannot be understood.
    pub(crate) fn bad_request(message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some("BadRequest"), message)
    }

    /// Nobody known asks.
    pub(crate) fn unauthorized() -> Self {
        let code = StatusCode::UNAUTHORIZED;
        Self::new(code, Some("Unauthorized"), "Unauthorized")
    }

    /// The caller may not read the resource in that namespace (or, without one, anywhere).
    pub(crate) fn forbidden(
        user: &str,
        verb: &str,
        resource: &str,
        namespace: &str,
        why: &str,
    ) -> Self {
        let place = match namespace {
            "" => "at the cluster scope".to_string(),
            namespace => format!("in the namespace {namespace:?}"),
        };
        let mut message = format!(
            "{resource}.{GROUP} is forbidden: User {user:?} cannot {verb} resource {resource:?} in API group {GROUP:?} {place}"
        );
        if !why.is_empty() {
            message = format!("{message}: {why}");
        }
        let mut status = Self::new(StatusCode::FORBIDDEN, Some("Forbidden"), message);
        status.details = Some(Box::new(Details {
            group: Some(GROUP),
            kind: Some(resource.into()),
            retry_after_seconds: None,
        }));
        status
    }

    /// The caller may not ask for the path.
    pub(crate) fn forbidden_path(user: &str, verb: &str, path: &str, why: &str) -> Self {
        let mut message = format!("forbidden: User {user:?} cannot {verb} path {path:?}");
        if !why.is_empty() {
            message = format!("{message}: {why}");
        }
        let mut status = Self::new(StatusCode::FORBIDDEN, Some("Forbidden"), message);
        status.details = Some(Box::default());
        status
    }

    /// Nothing is there.
    pub(crate) fn not_found() -> Self {
        let message = "the server could not find the requested resource";
        let mut status = Self::new(StatusCode::NOT_FOUND, Some("NotFound"), message);
        status.details = Some(Box::default());
        status
    }

    /// Metrics are only read.
    pub(crate) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        let code = StatusCode::METHOD_NOT_ALLOWED;
        let mut status = Self::new(code, Some("MethodNotAllowed"), message);
        status.details = Some(Box::default());
        status
    }

    /// No format that the caller takes can be written.
    pub(crate) fn not_acceptable() -> Self {
        let message =
            "only the following media types are accepted: application/json, application/yaml";
        Self::new(StatusCode::NOT_ACCEPTABLE, Some("NotAcceptable"), message)
    }

    /// A part that is needed does not answer now.
    pub(crate) fn unavailable(message: String) -> Self {
        let code = StatusCode::SERVICE_UNAVAILABLE;
        Self::new(code, Some("ServiceUnavailable"), message).retry()
    }

    /// Too much is being answered already.
    pub(crate) fn too_many_requests() -> Self {
        let message = "too many requests, please try again later";
        let code = StatusCode::TOO_MANY_REQUESTS;
        Self::new(code, Some("TooManyRequests"), message).retry()
    }

    /// The answer would have come too late.
    pub(crate) fn timed_out() -> Self {
        let message = "request did not complete within the allotted timeout";
        Self::new(StatusCode::GATEWAY_TIMEOUT, Some("Timeout"), message)
    }

    fn retry(mut self) -> Self {
        self.details = Some(Box::new(Details {
            retry_after_seconds: Some(1),
            ..Details::default()
        }));
        self
    }

    /// The answer with this document.
    pub(crate) fn answer(&self, format: Format) -> Answer {
        let code = StatusCode::from_u16(self.code);
        let code = code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = format.answer(code, self);
        let retry = self.details.as_ref().and_then(|d| d.retry_after_seconds);
        if let Some(seconds) = retry {
            let headers = answer.headers_mut();
            headers.insert(http::header::RETRY_AFTER, seconds.into());
        }
        answer
    }
}
