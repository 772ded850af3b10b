//! Kubernetes' grammar of label selectors.

use std::collections::BTreeSet;
use std::fmt;

/// One requirement of a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) key: String,
    operator: Operator,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Operator {
    Equals(String),
    NotEquals(String),
    In(BTreeSet<String>),
    NotIn(BTreeSet<String>),
    Exists,
    NotExists,
    Greater(String),
    Less(String),
}

impl Requirement {
    /// The value that the label must have, if that is all.
    pub(super) fn equality(&self) -> Option<&str> {
        match &self.operator {
            Operator::Equals(value) => Some(value),
            _ => None,
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        let list = |values: &BTreeSet<String>| {
            let values: Vec<_> = values.iter().map(String::as_str).collect();
            values.join(",")
        };
        match &self.operator {
            Operator::Equals(value) => write!(f, "{key}={value}"),
            Operator::NotEquals(value) => write!(f, "{key}!={value}"),
            Operator::In(values) => write!(f, "{key} in ({})", list(values)),
            Operator::NotIn(values) => write!(f, "{key} notin ({})", list(values)),
            Operator::Exists => write!(f, "{key}"),
            Operator::NotExists => write!(f, "!{key}"),
            Operator::Greater(value) => write!(f, "{key}>{value}"),
            Operator::Less(value) => write!(f, "{key}<{value}"),
        }
    }
}

/// The requirements in their order, or what is wrong.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let mut tokens = Tokens { rest: text };
    let mut requirements = Vec::new();
    if tokens.peek() == Token::End {
        return Ok(requirements);
    }
    loop {
        requirements.push(requirement(&mut tokens)?);
        match tokens.next() {
            Token::End => return Ok(requirements),
            Token::Symbol(",") => {}
            other => return Err(format!("found '{other}', expected: ',' or 'end of string'")),
        }
    }
}

fn requirement(tokens: &mut Tokens<'_>) -> Result<Requirement, String> {
    let absent = tokens.peek() == Token::Symbol("!");
    if absent {
        tokens.next();
    }
    let key = match tokens.next() {
        Token::Word(word) => checked_key(word)?,
        other => return Err(format!("found '{other}', expected: !, identifier")),
    };
    if absent {
        let operator = Operator::NotExists;
        return Ok(Requirement { key, operator });
    }
    let operator = match tokens.peek() {
        Token::End | Token::Symbol(",") => Operator::Exists,
        Token::Symbol(symbol @ ("=" | "==" | "!=" | ">" | "<")) => {
            tokens.next();
            let value = value(tokens)?;
            match symbol {
                "!=" => Operator::NotEquals(value),
                ">" => Operator::Greater(value),
                "<" => Operator::Less(value),
                _ => Operator::Equals(value),
            }
        }
        Token::Word("in") => {
            tokens.next();
            Operator::In(values(tokens)?)
        }
        Token::Word("notin") => {
            tokens.next();
            Operator::NotIn(values(tokens)?)
        }
        other => {
            return Err(format!(
                "found '{other}', expected: in, notin, =, ==, !=, gt, lt"
            ));
        }
    };
    Ok(Requirement { key, operator })
}

/// What follows an operator; nothing is the empty value.
fn value(tokens: &mut Tokens<'_>) -> Result<String, String> {
    match tokens.peek() {
        Token::End | Token::Symbol(",") => Ok(String::new()),
        Token::Word(word) => {
            tokens.next();
            checked_value(word)
        }
        other => Err(format!("found '{other}', expected: identifier")),
    }
}

fn values(tokens: &mut Tokens<'_>) -> Result<BTreeSet<String>, String> {
    match tokens.next() {
        Token::Symbol("(") => {}
        other => return Err(format!("found '{other}', expected: '('")),
    }
    let mut values = BTreeSet::new();
    loop {
        match tokens.next() {
            Token::Word(word) => {
                values.insert(checked_value(word)?);
            }
            other => return Err(format!("found '{other}', expected: identifier")),
        }
        match tokens.next() {
            Token::Symbol(",") => {}
            Token::Symbol(")") => return Ok(values),
            other => return Err(format!("found '{other}', expected: ',' or ')'")),
        }
    }
}

fn checked_key(key: &str) -> Result<String, String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let prefix_fits = prefix.is_none_or(|p| {
        p.len() <= 253 && is_name(p, |c| c.is_ascii_lowercase() || c.is_ascii_digit(), ".-")
    });
    match prefix_fits && name.len() <= 63 && is_name(name, |c| c.is_ascii_alphanumeric(), "._-") {
        true => Ok(key.into()),
        false => Err(format!("invalid label key '{key}'")),
    }
}

fn checked_value(value: &str) -> Result<String, String> {
    match value.len() <= 63 && is_name(value, |c| c.is_ascii_alphanumeric(), "._-") {
        true => Ok(value.into()),
        false => Err(format!("invalid label value '{value}'")),
    }
}

/// `ends` are the characters allowed everywhere, `inner` those allowed within too.
fn is_name(text: &str, ends: fn(char) -> bool, inner: &str) -> bool {
    text.starts_with(ends)
        && text.ends_with(ends)
        && text.chars().all(|c| ends(c) || inner.contains(c))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Symbol(&'a str),
    End,
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(text) | Self::Symbol(text) => f.write_str(text),
            Self::End => Ok(()),
        }
    }
}

struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    fn peek(&self) -> Token<'a> {
        self.split().0
    }

    fn next(&mut self) -> Token<'a> {
        let (token, rest) = self.split();
        self.rest = rest;
        token
    }

    fn split(&self) -> (Token<'a>, &'a str) {
        let is_space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
        let is_special = |c: char| matches!(c, '=' | '!' | '(' | ')' | ',' | '>' | '<');
        let text = self.rest.trim_start_matches(is_space);
        if text.is_empty() {
            return (Token::End, text);
        }
        if text.starts_with(is_special) {
            let two = text.starts_with("==") || text.starts_with("!=");
            let (symbol, rest) = text.split_at(if two { 2 } else { 1 });
            return (Token::Symbol(symbol), rest);
        }
        let end = text.find(|c| is_space(c) || is_special(c));
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        (Token::Word(word), rest)
    }
}
