//! Finds paths in Rust text by its tokens: comments and strings cannot mislead, and the inside
//! of macros such as `select!` is seen, which a syntax tree does not show.

use std::str::FromStr;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A path such as `tokio::time::sleep` as written somewhere in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    /// The path's parts, joined by `::`.
    pub(crate) path: String,
    /// Line, from 1.
    pub(crate) line: usize,
    /// Arguments follow.
    pub(crate) called: bool,
    /// Within an item that is compiled for tests only.
    pub(crate) in_test: bool,
    /// Within a test whose clock stands still until the test moves it.
    pub(crate) paused_clock: bool,
}

/// Every path in the text, or why it is not Rust.
pub(crate) fn mentions(text: &str) -> Result<Vec<Mention>, String> {
    let tokens = TokenStream::from_str(text).map_err(|e| e.to_string())?;
    let mut found = Vec::new();
    walk(tokens, Place::default(), &mut found);
    Ok(found)
}

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    in_test: bool,
    paused_clock: bool,
}

fn walk(tokens: TokenStream, outer: Place, found: &mut Vec<Mention>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    // What the attributes before the current item say, until the item ends.
    let mut item = outer;
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Punct(p) if p.as_char() == '#' => {
                if let Some(TokenTree::Group(attribute)) = tokens.get(at + 1) {
                    note_attribute(attribute, &mut item);
                    at += 1;
                }
            }
            TokenTree::Punct(p) if p.as_char() == ';' => item = outer,
            TokenTree::Group(group) => {
                walk(group.stream(), item, found);
                if group.delimiter() == Delimiter::Brace {
                    item = outer;
                }
            }
            TokenTree::Ident(_) => {
                let (mention, next) = read_path(&tokens, at, item);
                // `fn sleep(` defines and `.sleep(` is somebody's method: neither is a path.
                let before = at.checked_sub(1).map(|i| tokens[i].to_string());
                if !matches!(before.as_deref(), Some("fn" | ".")) {
                    found.push(mention);
                }
                at = next;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

/// Reads `a::b::c` from `start`; returns it and the place behind it.
fn read_path(tokens: &[TokenTree], start: usize, place: Place) -> (Mention, usize) {
    let mut path = tokens[start].to_string();
    let mut at = start + 1;
    while let [
        TokenTree::Punct(a),
        TokenTree::Punct(b),
        TokenTree::Ident(part),
        ..,
    ] = &tokens[at..]
        && a.as_char() == ':'
        && b.as_char() == ':'
    {
        path.push_str("::");
        path.push_str(&part.to_string());
        at += 3;
    }
    let called = matches!(
        tokens.get(at),
        Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Parenthesis
    );
    let mention = Mention {
        path,
        line: tokens[start].span().start().line,
        called,
        in_test: place.in_test,
        paused_clock: place.paused_clock,
    };
    (mention, at)
}

fn note_attribute(attribute: &Group, item: &mut Place) {
    let text: String = attribute.stream().to_string().split_whitespace().collect();
    let name = text.split('(').next().unwrap_or_default();
    let for_tests = text == "cfg(test)"
        || text.starts_with("cfg(all(test,")
        || name == "test"
        || name.ends_with("::test");
    item.in_test |= for_tests;
    item.paused_clock |= for_tests && text.contains("start_paused=true");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, path: &str) -> Vec<Mention> {
        let all = mentions(text).unwrap();
        all.into_iter().filter(|m| m.path == path).collect()
    }

    #[test]
    fn a_call_is_found_with_its_line_also_inside_a_macro() {
        let text = "fn f() {\n    select! { _ = tokio::time::sleep(d) => {} }\n}";
        let found = find(text, "tokio::time::sleep");
        assert_eq!(found.len(), 1);
        assert!(found[0].called && !found[0].in_test);
        assert_eq!(found[0].line, 2);
    }

    #[test]
    fn comments_strings_definitions_and_methods_are_not_calls() {
        let text = "// sleep(d)\nfn sleep() { let s = \"sleep(d)\"; clock.sleep(d); }";
        assert_eq!(find(text, "sleep"), []);
    }

    #[test]
    fn test_items_end_where_they_end() {
        let text = "#[cfg(test)] use a::b; fn f() { sleep(1); } #[cfg(test)] mod t { fn g() { sleep(2); } } fn h() { sleep(3); }";
        let in_test: Vec<_> = find(text, "sleep").iter().map(|m| m.in_test).collect();
        assert_eq!(in_test, [false, true, false]);
    }

    #[test]
    fn a_paused_clock_is_noticed() {
        let text = "#[tokio::test(start_paused = true)] async fn a() { sleep(1).await; }\n#[tokio::test] async fn b() { sleep(1).await; }";
        let paused: Vec<_> = find(text, "sleep").iter().map(|m| m.paused_clock).collect();
        assert_eq!(paused, [true, false]);
    }

    #[test]
    fn what_is_not_rust_is_an_error() {
        assert!(mentions("fn f( {").is_err());
    }
}
