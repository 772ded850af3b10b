use crate::Failure;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// All headers in their order.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// Where it came from, without secrets.
    pub(super) place: String,
}

impl Response {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body as text; what is not UTF-8 in it is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Where it came from, without user information and query: for messages.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The answer if its status says that it is what was asked for.
    ///
    /// # Errors
    /// With the reason that the status stands for.
    pub fn successful(self) -> Result<Self, Failure> {
        match self.failure() {
            None => Ok(self),
            Some(failure) => Err(failure.within(&self.place)),
        }
    }

    /// What a status other than 2xx means.
    fn failure(&self) -> Option<Failure> {
        let make = match self.status {
            200..=299 => return None,
            401 => Failure::unauthenticated,
            403 => Failure::forbidden,
            404 => Failure::not_found,
            408 => Failure::timed_out,
            429 => Failure::rate_limited,
            500..=599 => Failure::unavailable,
            _ => Failure::rejected,
        };
        Some(make(format!("the answer is HTTP {}", self.status)))
    }
}

pub(super) fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnknownReason;

    #[test]
    fn every_status_but_success_is_a_failure_with_its_reason() {
        for (status, reason) in [
            (200, None),
            (204, None),
            (304, Some(UnknownReason::Rejected)),
            (400, Some(UnknownReason::Rejected)),
            (401, Some(UnknownReason::Unauthenticated)),
            (403, Some(UnknownReason::Forbidden)),
            (404, Some(UnknownReason::NotFound)),
            (408, Some(UnknownReason::TimedOut)),
            (418, Some(UnknownReason::Rejected)),
            (429, Some(UnknownReason::RateLimited)),
            (500, Some(UnknownReason::Unavailable)),
            (599, Some(UnknownReason::Unavailable)),
        ] {
            let response = Response {
                status,
                headers: Vec::new(),
                body: b"0".to_vec(),
                place: "http://h/".into(),
            };
            let got = match response.successful() {
                Ok(_) => None,
                Err(Failure::Unknown(unknown)) => {
                    let text = format!("http://h/: the answer is HTTP {status}");
                    assert_eq!(unknown.message, text);
                    Some(unknown.reason)
                }
                Err(config) => panic!("{config}"),
            };
            assert_eq!(got, reason, "{status}");
        }
    }
}
