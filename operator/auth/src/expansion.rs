/// Replaces `$(NAME)` by `lookup(NAME)`, with the quirks of KEDA.
///
/// `$$` stands for `$`; an unknown name and an unterminated `$(` stay as they are; nothing is expanded
/// twice. A `$` with fewer than three bytes after it is literal, so that a trailing `$$` stays `$$`.
pub fn expand<'v>(text: &str, lookup: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.len() <= 3 {
            break;
        }
        let after = &rest[1..];
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some((name, tail)) = after.strip_prefix('(').and_then(|t| t.split_once(')')) {
            match lookup(name) {
                Some(value) => out.push_str(value),
                None => {
                    out.push_str("$(");
                    out.push_str(name);
                    out.push(')');
                }
            }
            rest = tail;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::expand;

    fn expanded(text: &str) -> String {
        expand(text, |name| match name {
            "A" => Some("one"),
            "AB" => Some("$(A)"),
            _ => None,
        })
    }

    #[test]
    fn known_names_are_replaced_once_and_unknown_ones_stay() {
        for (text, expected) in [
            ("x $(A) y", "x one y"),
            ("$(AB)", "$(A)"),
            ("$(NO)-$(A)", "$(NO)-one"),
            ("$(A", "$(A"),
            ("$(AAAA", "$(AAAA"),
            ("$x and $(A)", "$x and one"),
            ("$$(A)", "$(A)"),
            ("$$$(A)", "$one"),
            ("ü$(A)ü", "üoneü"),
            ("", ""),
        ] {
            assert_eq!(expanded(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_dollar_in_the_last_three_bytes_is_literal() {
        for text in ["$$", "ab$$", "$$a", "$", "a$"] {
            assert_eq!(expanded(text), text);
        }
        assert_eq!(expanded("$$ab"), "$ab");
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "[$()Aü]{0,12}") {
            expanded(&text);
        }

        #[test]
        fn text_without_a_dollar_is_unchanged(text in "[^$]{0,20}") {
            proptest::prop_assert_eq!(expanded(&text), text);
        }
    }
}
