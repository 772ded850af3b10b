//! Kubernetes' grammar of label selectors, as far as a fault in one can be told before the API server
//! does.

/// Whether the API server would read it.
pub(crate) fn check(text: &str) -> Result<(), String> {
    let mut tokens = Tokens { rest: text };
    loop {
        requirement(&mut tokens)?;
        match tokens.next() {
            "" => return Ok(()),
            "," => {}
            other => return Err(format!("found {other:?}, expected ',' or the end")),
        }
    }
}

fn requirement(tokens: &mut Tokens<'_>) -> Result<(), String> {
    let absent = tokens.peek() == "!";
    if absent {
        tokens.next();
    }
    key(tokens.next())?;
    if absent {
        return Ok(());
    }
    match tokens.peek() {
        "" | "," => Ok(()),
        "=" | "==" | "!=" => {
            tokens.next();
            match tokens.peek() {
                "" | "," => Ok(()),
                _ => value(tokens.next()),
            }
        }
        ">" | "<" => {
            tokens.next();
            let bound = tokens.next();
            let is_whole = bound.parse::<i64>().is_ok();
            let fault = format!("{bound:?} is no whole number to compare with");
            is_whole.then_some(()).ok_or(fault)
        }
        "in" | "notin" => {
            tokens.next();
            values(tokens)
        }
        other => Err(format!(
            "found {other:?}, expected one of: in, notin, =, ==, !=, >, <"
        )),
    }
}

fn values(tokens: &mut Tokens<'_>) -> Result<(), String> {
    match tokens.next() {
        "(" => {}
        other => return Err(format!("found {other:?}, expected '('")),
    }
    loop {
        // An empty value is one: `in (,a)`.
        if !matches!(tokens.peek(), "," | ")") {
            value(tokens.next())?;
        }
        match tokens.next() {
            "," => {}
            ")" => return Ok(()),
            other => return Err(format!("found {other:?}, expected ',' or ')'")),
        }
    }
}

fn key(text: &str) -> Result<(), String> {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    let is_lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let prefix_fits = prefix.is_none_or(|p| p.len() <= 253 && is_name(p, is_lower, ".-"));
    let fits = prefix_fits && is_label(name);
    fits.then_some(())
        .ok_or_else(|| format!("{text:?} is no label's name"))
}

fn value(text: &str) -> Result<(), String> {
    let fits = is_label(text);
    fits.then_some(())
        .ok_or_else(|| format!("{text:?} is no label's value"))
}

fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_name(text, |c| c.is_ascii_alphanumeric(), "._-")
}

/// `ends` are the characters allowed everywhere, `inner` those allowed within too.
fn is_name(text: &str, ends: impl Fn(char) -> bool, inner: &str) -> bool {
    text.starts_with(&ends)
        && text.ends_with(&ends)
        && text.chars().all(|c| ends(c) || inner.contains(c))
}

/// Words and symbols; the empty text is the end.
struct Tokens<'t> {
    rest: &'t str,
}

impl<'t> Tokens<'t> {
    fn peek(&self) -> &'t str {
        self.split().0
    }

    fn next(&mut self) -> &'t str {
        let (token, rest) = self.split();
        self.rest = rest;
        token
    }

    fn split(&self) -> (&'t str, &'t str) {
        let is_special = |c: char| "=!(),><".contains(c);
        let text = self.rest.trim_start();
        let end = if text.starts_with("==") || text.starts_with("!=") {
            2
        } else if text.starts_with(is_special) {
            1
        } else {
            text.find(|c: char| c.is_whitespace() || is_special(c))
                .unwrap_or(text.len())
        };
        text.split_at(end)
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn selectors_as_people_write_them_are_fine() {
        for text in [
            "app=web",
            " app = web ",
            "app==web,tier!=db",
            "app in (a, b),tier notin(c)",
            "app",
            "!app",
            "a.example.org/app=web",
            "generation>3,generation<7",
            "app=",
            "in in (in)",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_the_api_server_would_not_read_is_a_fault() {
        for text in [
            "",
            "=web",
            "app=web,",
            ",app",
            "app web",
            "app in web",
            "app in (a",
            "app=(a)",
            "!",
            "!app=web",
            "-app",
            "app=a/b",
            "A/b/c",
            "app>x",
            "app=ä",
            "app===b",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
        assert!(check(&format!("app={}", "a".repeat(64))).is_err());
    }
}
