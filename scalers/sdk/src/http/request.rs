use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Answer, Exchange, PATIENCE, Response, Url, response};
use crate::{Failure, Secret};

/// As many as Go's client follows.
const MOST_REDIRECTIONS: usize = 10;

/// Headers that follow from the request itself. Go's client ignores them as well.
const OWN: [&str; 5] = [
    "host",
    "content-length",
    "transfer-encoding",
    "trailer",
    "connection",
];

/// Headers that are not told to another place.
const CREDENTIALS: [&str; 2] = ["authorization", "cookie"];

/// A request, to be put together and sent.
#[derive(Clone)]
pub struct Request {
    method: &'static str,
    url: Result<Url, &'static str>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    timeout: Duration,
}

impl Request {
    /// Asks for what is at `url`. User information in it is sent as basic authentication, unless
    /// there is another.
    pub fn get(url: &str) -> Self {
        Self::new("GET", url)
    }

    /// Sends `body`, of that content type.
    pub fn post(url: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut request = Self::new("POST", url).header("content-type", content_type);
        request.body = body.into();
        request
    }

    fn new(method: &'static str, url: &str) -> Self {
        Self {
            method,
            url: Url::parse(url),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: PATIENCE,
        }
    }

    /// One more header, beside those of the same name.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into().to_ascii_lowercase();
        if !OWN.contains(&name.as_str()) {
            self.headers.push((name, value.into()));
        }
        self
    }

    /// A header instead of those of the same name.
    #[must_use]
    pub fn set_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.header(name, value)
    }

    /// One more member of the URL's query, encoded, beside those of the same name.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        if let Ok(url) = &mut self.url {
            url.add_query(name, value);
        }
        self
    }

    /// A member of the URL's query, encoded, instead of those of the same name.
    #[must_use]
    pub fn set_query(mut self, name: &str, value: &str) -> Self {
        if let Ok(url) = &mut self.url {
            url.remove_query(name);
        }
        self.query(name, value)
    }

    /// Basic authentication.
    #[must_use]
    pub fn basic(self, user: &str, password: &Secret) -> Self {
        let value = basic(user, password.expose());
        self.set_header("authorization", value)
    }

    /// A bearer token.
    #[must_use]
    pub fn bearer(self, token: &Secret) -> Self {
        let value = format!("Bearer {}", token.expose());
        self.set_header("authorization", value)
    }

    /// How long all of it may take. Zero stands for the usual time.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = if timeout.is_zero() { PATIENCE } else { timeout };
        self
    }

    /// Sends it, follows redirections of a `GET`, and gives the answer if it is one of success.
    ///
    /// # Errors
    /// With the place asked, and the reason that the fault or the status stands for.
    pub fn send(self) -> Result<Response, Failure> {
        self.exchange()?.successful()
    }

    /// As [`send`](Self::send), but gives the answer whatever its status.
    ///
    /// # Errors
    /// With the place asked, when there is no answer.
    pub fn exchange(mut self) -> Result<Response, Failure> {
        let mut url = self.url.clone().map_err(|text| Failure::config("", text))?;
        self.complete(&url)?;
        let deadline = Instant::now() + self.patience();
        for _ in 0..=MOST_REDIRECTIONS {
            let exchange = Exchange {
                method: self.method,
                url: &url,
                headers: &self.headers,
                body: &self.body,
                deadline,
            };
            let answer = transmit(&exchange).map_err(|failure| failure.within(&url))?;
            let Some(location) = self.redirection(&answer) else {
                return Ok(Response {
                    status: answer.status,
                    headers: answer.headers,
                    body: answer.body,
                    place: url.to_string(),
                });
            };
            let next = url.join(location).map_err(|_| {
                Failure::malformed("redirects to what is not an http or https url").within(&url)
            })?;
            if !url.trusts(&next) {
                self.headers
                    .retain(|(name, _)| !CREDENTIALS.contains(&name.as_str()));
            }
            url = next;
        }
        let text = format!("redirects more than {MOST_REDIRECTIONS} times");
        Err(Failure::rejected(text).within(&url))
    }

    /// Adds what goes with every request, and looks whether all of it can be sent.
    fn complete(&mut self, url: &Url) -> Result<(), Failure> {
        let has = |name: &str| response::find(&self.headers, name).is_some();
        let mut more = Vec::new();
        if !has("user-agent") {
            more.push(("user-agent".to_string(), "penstock".to_string()));
        }
        if let Some((user, password)) = &url.user
            && !has("authorization")
        {
            more.push(("authorization".to_string(), basic(user, password)));
        }
        self.headers.extend(more);
        // The value is not shown: it may be a secret.
        match self.headers.iter().find(|(n, v)| !sendable(n, v)) {
            Some((name, _)) => {
                let text = format!("the header {name:?} holds characters that no header can have");
                Err(Failure::config("", text))
            }
            None => Ok(()),
        }
    }

    fn patience(&self) -> Duration {
        #[cfg(not(target_family = "wasm"))]
        if let Some(longest) = crate::native::longest_wait() {
            return self.timeout.min(longest);
        }
        self.timeout
    }

    fn redirection<'a>(&self, answer: &'a Answer) -> Option<&'a str> {
        let redirects = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
        if self.method != "GET" || !redirects {
            return None;
        }
        response::find(&answer.headers, "location")
    }
}

/// Shows no header and no query: they may hold secrets.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = self.url.as_ref().map(ToString::to_string);
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &url)
            .finish_non_exhaustive()
    }
}

fn transmit(exchange: &Exchange<'_>) -> Result<Answer, Failure> {
    #[cfg(target_family = "wasm")]
    return super::component::transmit(exchange);
    #[cfg(not(target_family = "wasm"))]
    return crate::native::http::transmit(exchange);
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn sendable(name: &str, value: &str) -> bool {
    let token = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c);
    !name.is_empty()
        && name.bytes().all(token)
        && !value.bytes().any(|c| c.is_ascii_control() && c != b'\t')
}
