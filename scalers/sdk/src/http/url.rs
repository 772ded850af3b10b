use std::fmt::{self, Write as _};

use crate::config::decode_form;
use crate::net::split_place;

/// Whether `text` is a URL that a request can be sent to, for a configuration's `Validate`.
///
/// # Errors
/// One sentence in lower case that says what it is not; never the text, which may hold a password.
pub fn check_url(text: &str) -> Result<(), String> {
    Url::parse(text).map(drop).map_err(ToString::to_string)
}

/// An absolute `http` or `https` URL. As text it has neither user information nor query: both may
/// hold secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) https: bool,
    /// User and password before the `@`, decoded.
    pub(crate) user: Option<(String, String)>,
    /// `host` or `host:port`.
    pub(crate) authority: String,
    /// Path and query, as they are sent.
    pub(crate) target: String,
}

impl Url {
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const NO_URL: &str = "not an http or https url such as http://host:80/path";
        let (scheme, rest) = text.split_once("://").ok_or(NO_URL)?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(NO_URL),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (place, target) = rest.split_at(end);
        let (user, authority) = match place.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, place),
        };
        let has_space = authority.contains(|c: char| c.is_whitespace() || c.is_control());
        if has_space || split_place(authority).is_none() {
            return Err("the url has no host, or a port that is no number up to 65535");
        }
        Ok(Self {
            https,
            user: user.map(user_and_password).transpose()?,
            authority: authority.to_string(),
            target: sendable(target),
        })
    }

    /// Where a redirection leads.
    pub(crate) fn join(&self, location: &str) -> Result<Self, &'static str> {
        let scheme = if self.https { "https" } else { "http" };
        if location.starts_with("//") {
            return Self::parse(&format!("{scheme}:{location}"));
        }
        // A colon in the path of a relative reference is no scheme.
        let head = location.split(['/', '?', '#']).next().unwrap_or_default();
        if head.contains(':') {
            return Self::parse(location);
        }
        let path = self.target.split('?').next().unwrap_or_default();
        let target = if location.starts_with('/') {
            sendable(location)
        } else if location.starts_with('?') || location.is_empty() {
            sendable(&format!("{path}{location}"))
        } else {
            let folder = &path[..=path.rfind('/').unwrap_or(0)];
            sendable(&format!("{folder}{location}"))
        };
        Ok(Self {
            target,
            ..self.clone()
        })
    }

    /// Adds a member to the query.
    pub(crate) fn add_query(&mut self, name: &str, value: &str) {
        let link = match self.target.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        let _ = write!(self.target, "{link}{}={}", encode(name), encode(value));
    }

    /// Removes the members of the query with that name.
    pub(crate) fn remove_query(&mut self, name: &str) {
        let Some((path, query)) = self.target.split_once('?') else {
            return;
        };
        let name = encode(name);
        let is_other = |pair: &&str| pair.split('=').next() != Some(&*name);
        let others: Vec<_> = query.split('&').filter(is_other).collect();
        self.target = format!("{path}?{}", others.join("&"));
    }

    /// Whether what is meant for `self` may also be told to `other`.
    pub(crate) fn trusts(&self, other: &Self) -> bool {
        self.authority.eq_ignore_ascii_case(&other.authority) && (other.https || !self.https)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        let path = self.target.split('?').next().unwrap_or_default();
        write!(f, "{scheme}://{}{path}", self.authority)
    }
}

fn user_and_password(text: &str) -> Result<(String, String), &'static str> {
    // In this part of a URL a plus is a plus.
    let decode = |part: &str| decode_form(&part.replace('+', "%2B"));
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    match (decode(user), decode(password)) {
        (Ok(user), Ok(password)) => Ok((user, password)),
        _ => Err("the url's user or password is not percent-encoded"),
    }
}

/// Path and query as they can be sent: without a fragment, with what must not stand there encoded.
fn sendable(text: &str) -> String {
    let text = text.split('#').next().unwrap_or_default();
    let mut target = String::new();
    if !text.starts_with('/') {
        target.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | 0..=b' ' | 0x7f.. => {
                let _ = write!(target, "%{byte:02X}");
            }
            plain => target.push(char::from(plain)),
        }
    }
    target
}

/// Text within a query, as Go's `QueryEscape` writes it.
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            c if c.is_ascii_alphanumeric() => encoded.push(char::from(c)),
            other => {
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn urls_are_taken_apart() {
        let all = url("HTTPS://us%40er:p+w%3A@Host:8443/a b?q={x}#part");
        assert_eq!(
            (all.https, &*all.authority, &*all.target),
            (true, "Host:8443", "/a%20b?q=%7Bx%7D")
        );
        assert_eq!(all.user, Some(("us@er".into(), "p+w:".into())));
        assert_eq!(all.to_string(), "https://Host:8443/a%20b");
        assert_eq!(url("http://h").target, "/");
        assert_eq!(url("http://[::1]:80?a=1").target, "/?a=1");
    }

    #[test]
    fn what_is_no_url_is_refused_without_repeating_it() {
        for text in [
            "",
            "h:80",
            "ftp://h",
            "http://",
            "http:///p",
            "http://:80",
            "http://h:x",
            "http://h:65536",
            "http://a b/",
            "http://u%zz:secret@h",
        ] {
            let error = check_url(text).unwrap_err();
            assert!(!error.contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn redirections_are_resolved_against_where_they_came_from() {
        let from = url("https://h:1/a/b?q=1");
        for (location, to) in [
            ("http://other/x", "http://other/x"),
            ("//other/x", "https://other/x"),
            ("/x?y=2", "https://h:1/x"),
            ("x:y", ""),
            ("c/d:e", "https://h:1/a/c/d:e"),
            ("?y", "https://h:1/a/b"),
        ] {
            let joined = from.join(location);
            match joined {
                Ok(joined) => assert_eq!(joined.to_string(), to, "{location}"),
                Err(_) => assert_eq!(to, "", "{location}"),
            }
        }
    }

    #[test]
    fn members_are_added_to_the_query_and_removed() {
        let mut url = url("http://h/p?api_key=old&a=1&api_key=older");
        url.remove_query("api_key");
        url.add_query("api_key", "a b&c");
        assert_eq!(url.target, "/p?a=1&api_key=a+b%26c");
        url.remove_query("a");
        url.remove_query("api_key");
        url.add_query("päth", "~");
        assert_eq!(url.target, "/p?p%C3%A4th=~");
    }

    #[test]
    fn only_the_same_place_is_trusted_and_never_in_clear_text_instead() {
        let (plain, tls) = (url("http://h/a"), url("https://h/b"));
        assert!(plain.trusts(&plain) && plain.trusts(&tls));
        assert!(!tls.trusts(&plain));
        assert!(!plain.trusts(&url("http://h:8080/a")));
    }
}
