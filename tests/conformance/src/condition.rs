//! The conditions that cases set on requests.

use serde_json::Value;

/// A request as a stub sees it.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// As sent, with the query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// What followed.
    pub body: String,
}

impl Request {
    fn header(&self, name: &str) -> String {
        let name = name.to_ascii_lowercase();
        let found = self.headers.iter().find(|(n, _)| *n == name);
        found.map_or_else(String::new, |(_, value)| value.clone())
    }

    /// The text at a path such as `request.URL.Path`; `None` for one that is not known here.
    fn at(&self, path: &str) -> Option<String> {
        let (before, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        if let Some(name) = quoted(path, "request.Header.Get(") {
            return Some(self.header(name));
        }
        if let Some(name) = quoted(path, "request.URL.Query().Get(") {
            let pair = query.split('&').find_map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (key == name).then(|| decoded(&value.replace('+', " ")))
            });
            return Some(pair.unwrap_or_default());
        }
        Some(match path {
            "request.Method" => self.method.clone(),
            "request.Host" => self.header("host"),
            "request.RequestURI" | "request.URL.String()" => self.target.clone(),
            "request.URL.Path" => decoded(before),
            "request.URL.RawQuery" => query.to_string(),
            "request.Body" => self.body.clone(),
            _ => return None,
        })
    }
}

fn quoted<'p>(path: &'p str, function: &str) -> Option<&'p str> {
    path.strip_prefix(function)?
        .strip_suffix(')')
        .map(|name| name.trim_matches('"'))
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                plain.push(byte);
                at += 3;
            }
            (byte, _) => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// Whether the condition holds; `None` when it is not understood.
pub fn holds(condition: &Value, request: &Request) -> Option<bool> {
    let op = condition["op"].as_str()?;
    if let Some(args) = condition["args"].as_array() {
        let mut each = args.iter().map(|c| holds(c, request));
        return match op {
            "all_of" => each.try_fold(true, |all, c| Some(all && c?)),
            "any_of" => each.try_fold(false, |any, c| Some(any || c?)),
            _ => None,
        };
    }
    let found = request.at(condition["path"].as_str()?)?;
    let value = &condition["value"];
    let text = || value.as_str();
    Some(match op {
        "==" => found == text()?,
        "!=" => found != text()?,
        _ => {
            let (negated, op) = match op.strip_prefix("not_") {
                Some(op) => (true, op),
                None => (false, op),
            };
            let positive = match op {
                "has_prefix" => found.starts_with(text()?),
                "has_suffix" => found.ends_with(text()?),
                "contains" => found.contains(text()?),
                "in" => value.as_array()?.iter().any(|v| v.as_str() == Some(&found)),
                "empty" => found.is_empty(),
                _ => return None,
            };
            positive != negated
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request() -> Request {
        Request {
            method: "GET".into(),
            target: "/a%2Fb/c?query=up+now&x=%31".into(),
            headers: vec![("host".into(), "h:1".into())],
            body: String::new(),
        }
    }

    #[test]
    fn conditions_look_at_each_part_of_a_request() {
        for (path, op, value) in [
            ("request.URL.Path", "==", "/a/b/c"),
            ("request.RequestURI", "has_prefix", "/a%2Fb/c?"),
            ("request.URL.String()", "not_contains", "other"),
            ("request.Host", "has_suffix", ":1"),
            ("request.Header.Get(\"Host\")", "!=", ""),
            ("request.URL.Query().Get(\"query\")", "==", "up now"),
            ("request.URL.Query().Get(\"x\")", "==", "1"),
        ] {
            let condition = json!({"path": path, "op": op, "value": value});
            assert_eq!(holds(&condition, &request()), Some(true), "{condition}");
        }
        let host = json!({"path": "request.Host", "op": "not_in", "value": ["h:1"]});
        assert_eq!(holds(&host, &request()), Some(false));
    }

    #[test]
    fn conditions_combine() {
        let get = json!({"path": "request.Method", "op": "==", "value": "GET"});
        let post = json!({"path": "request.Method", "op": "==", "value": "POST"});
        let any = json!({"op": "any_of", "args": [post, get]});
        let all = json!({"op": "all_of", "args": [post, get]});
        assert_eq!(holds(&any, &request()), Some(true));
        assert_eq!(holds(&all, &request()), Some(false));
    }

    #[test]
    fn what_is_not_understood_is_neither() {
        let path = json!({"path": "strings.Split(x)", "op": "==", "value": ""});
        assert_eq!(holds(&path, &request()), None);
        let op = json!({"path": "request.Host", "op": "resembles", "value": ""});
        assert_eq!(holds(&op, &request()), None);
    }
}
