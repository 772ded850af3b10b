use std::collections::BTreeMap;

/// A URL's query string, decoded: each key with its values in the order given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UrlValues(pub BTreeMap<String, Vec<String>>);

impl UrlValues {
    /// The first value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.first().map(String::as_str)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut values = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            if pair.contains(';') {
                return Err("invalid semicolon separator in query".to_string());
            }
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let key = decode(key)?;
            values.0.entry(key).or_default().push(decode(value)?);
        }
        Ok(values)
    }
}

/// Decodes a name or a value of a query string.
///
/// # Errors
/// With Go's text when it is not encoded.
pub(crate) fn decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = tail.first_chunk::<2>().and_then(|pair| hex(*pair));
                let wrong = || {
                    let part: String = text[text.len() - tail.len() - 1..]
                        .chars()
                        .take(3)
                        .collect();
                    format!("invalid URL escape {}", super::quote::Quoted(&part))
                };
                bytes.push(digits.ok_or_else(wrong)?);
                rest = &tail[2..];
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).map_err(|_| "not valid UTF-8 once decoded".to_string())
}

fn hex([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |c: u8| char::from(c).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_string_is_decoded() {
        let values = UrlValues::parse("a=1&b=x+y%2Fz&a=2&c&&d=").unwrap();
        assert_eq!(values.0["a"], ["1", "2"]);
        assert_eq!(values.get("b"), Some("x y/z"));
        assert_eq!(
            (values.get("c"), values.get("d"), values.get("e")),
            (Some(""), Some(""), None)
        );
    }

    #[test]
    fn a_broken_query_string_is_an_error() {
        for text in ["a=%", "a=%2", "a=%zz", "%é=1", "a=1;b=2", "a=%ff"] {
            assert!(UrlValues::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            UrlValues::parse("a=%zz").unwrap_err(),
            "invalid URL escape \"%zz\""
        );
    }
}
