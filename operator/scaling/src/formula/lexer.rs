use super::FormulaError;

/// One token of a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    /// A name or a word of the language; `#`, `#acc`, `#index` too.
    Name,
    Open,
    Close,
    Operator,
}

/// Longest first.
const OPERATORS: [&str; 27] = [
    "??", "?.", "**", "..", "&&", "||", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "^", "<",
    ">", "!", "?", ":", ",", ";", "=", ".", "|", "@",
];

/// Splits a formula into tokens; comments and white space go.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, FormulaError> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(after) = comment(rest) {
            rest = after?.trim_start();
            continue;
        }
        let (kind, length) = match first {
            '0'..='9' => (Kind::Number, number(rest)),
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                (Kind::Number, number(rest))
            }
            'a'..='z' | 'A'..='Z' | '_' | '#' => (Kind::Name, 1 + word(&rest[1..])),
            '(' | '[' | '{' => (Kind::Open, 1),
            ')' | ']' | '}' => (Kind::Close, 1),
            '"' | '\'' | '`' => return Err(FormulaError::Unsupported("a string".into())),
            _ => match OPERATORS.iter().find(|op| rest.starts_with(**op)) {
                Some(op) => (Kind::Operator, op.len()),
                None => return Err(FormulaError::Syntax(format!("unexpected {first:?}"))),
            },
        };
        let (text, after) = rest.split_at(length);
        tokens.push(Token { kind, text });
        rest = after.trim_start();
    }
    Ok(tokens)
}

/// What follows the comment that `text` starts with.
fn comment(text: &str) -> Option<Result<&str, FormulaError>> {
    if let Some(body) = text.strip_prefix("//") {
        return Some(Ok(body.split_once('\n').map_or("", |(_, after)| after)));
    }
    let body = text.strip_prefix("/*")?;
    let after = body.split_once("*/").map(|(_, after)| after);
    Some(after.ok_or_else(|| FormulaError::Syntax("unclosed comment".into())))
}

fn word(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len())
}

/// Length of the number at the start; whether its digits are right is the crate's business.
fn number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            // The first dot of a range is none of the number.
            b'.' if bytes.get(at + 1) == Some(&b'.') => break,
            b'+' | b'-' if at > 0 && is_exponent(text, at - 1) => {}
            b'.' | b'_' => {}
            c if c.is_ascii_alphanumeric() => {}
            _ => break,
        }
        at += 1;
    }
    at
}

fn is_exponent(text: &str, at: usize) -> bool {
    !text.starts_with("0x") && !text.starts_with("0X") && matches!(text.as_bytes()[at], b'e' | b'E')
}
