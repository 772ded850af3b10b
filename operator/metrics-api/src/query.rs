//! Query strings.

use percent_encoding::percent_decode_str;

/// The first value of that parameter, decoded. What is no UTF-8 gets replacement characters, which
/// no name has.
pub(crate) fn first(query: Option<&str>, name: &str) -> Option<String> {
    let pairs = query?.split('&');
    let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs
        .find(|(key, _)| decoded(key) == name)
        .map(|(_, value)| decoded(value))
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_the_first_counts() {
        let query = Some("a=1&label%53elector=scaledobject.keda.sh%2Fname%3Dx+y&labelSelector=z&b");
        let selector = first(query, "labelSelector");
        assert_eq!(selector.as_deref(), Some("scaledobject.keda.sh/name=x y"));
        assert_eq!(first(query, "b").as_deref(), Some(""));
        assert_eq!(first(query, "c"), None);
        assert_eq!(first(None, "c"), None);
    }
}
