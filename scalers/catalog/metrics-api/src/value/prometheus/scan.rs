/// A place in a text that is read from left to right.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a>(pub(super) &'a str);

impl<'a> Scan<'a> {
    pub(super) fn skip_blanks(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    /// Takes `expected` if it is next, after blanks.
    pub(super) fn take(&mut self, expected: &str) -> bool {
        self.skip_blanks();
        let rest = self.0.strip_prefix(expected);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// The name of a metric or a label.
    pub(super) fn name(&mut self) -> Option<&'a str> {
        self.skip_blanks();
        let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        let end = self.0.find(|c| !of_name(c)).unwrap_or(self.0.len());
        let (name, rest) = self.0.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.0 = rest;
        Some(name)
    }

    /// What stands up to the next blank.
    pub(super) fn word(&mut self) -> &'a str {
        self.skip_blanks();
        let end = self.0.find([' ', '\t', '\r']).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        word
    }

    /// A text in one of the kinds of quotes; the backtick knows no escapes.
    pub(super) fn quoted(&mut self, quotes: &str) -> Option<String> {
        self.skip_blanks();
        let quote = self.0.chars().next().filter(|c| quotes.contains(*c))?;
        let mut text = String::new();
        let mut chars = self.0[1..].char_indices();
        while let Some((i, c)) = chars.next() {
            if c == quote {
                self.0 = &self.0[i + 2..];
                return Some(text);
            }
            if c != '\\' || quote == '`' {
                text.push(c);
                continue;
            }
            match chars.next()?.1 {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                plain @ ('\\' | '"' | '\'') => text.push(plain),
                _ => return None,
            }
        }
        None
    }

    /// What stands between braces, behind the first: labels with their values, and perhaps a
    /// metric's name in quotes.
    pub(super) fn labels(&mut self, quotes: &str) -> Option<Labels> {
        let mut labels = Labels::default();
        loop {
            if self.take("}") {
                return Some(labels);
            }
            match self.quoted(quotes) {
                // Quoted, but alone: the metric's name. Else a label's.
                Some(name) if !self.take("=") => labels.name = Some(name),
                Some(name) => labels.pairs.push((name, self.quoted(quotes)?)),
                None => {
                    let name = self.name()?.to_string();
                    if !self.take("=") {
                        return None;
                    }
                    labels.pairs.push((name, self.quoted(quotes)?));
                }
            }
            if !self.take(",") {
                return self.take("}").then_some(labels);
            }
        }
    }
}

#[derive(Default)]
pub(super) struct Labels {
    pub(super) name: Option<String>,
    pub(super) pairs: Vec<(String, String)>,
}
