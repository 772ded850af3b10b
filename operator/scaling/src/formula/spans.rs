//! Where in a formula's tokens an operand, a chain of `??` or a predicate begins and ends.

use super::lexer::{Kind, Token};

/// Words of the language, which are no names.
pub(super) const WORDS: [&str; 10] = [
    "true", "false", "nil", "not", "and", "or", "in", "if", "else", "let",
];

/// Functions that always take a predicate (`sum` may).
pub(super) const LOOPS: [&str; 11] = [
    "all",
    "any",
    "count",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "map",
    "none",
    "one",
];

/// First and last token of each predicate without braces. The crate takes an argument for a
/// predicate only where it sees `#` in it, and not in a predicate within it.
pub(super) fn predicate_braces(tokens: &[Token<'_>]) -> Vec<(usize, usize)> {
    let mut braces = Vec::new();
    for at in 1..tokens.len() {
        if !is_loop(tokens, at) {
            continue;
        }
        let end = closing(tokens, at);
        let start = if is_piped(tokens, at) {
            Some(at + 1)
        } else {
            first_comma(tokens, at, end).map(|comma| comma + 1)
        };
        match start {
            Some(start) if start < end && tokens[start].text != "{" => {
                braces.push((start, end - 1))
            }
            _ => {}
        }
    }
    braces
}

/// Whether the bracket at `at` holds the arguments of a function that takes a predicate.
pub(super) fn is_loop(tokens: &[Token<'_>], at: usize) -> bool {
    let function = at.checked_sub(1).map_or("", |i| tokens[i].text);
    tokens[at].text == "(" && (LOOPS.contains(&function) || function == "sum")
}

/// Whether that function has its array before it: `a | map(...)`.
pub(super) fn is_piped(tokens: &[Token<'_>], at: usize) -> bool {
    at.checked_sub(2).is_some_and(|i| tokens[i].text == "|")
}

fn first_comma(tokens: &[Token<'_>], open: usize, end: usize) -> Option<usize> {
    let mut at = open + 1;
    while at < end {
        match tokens[at].kind {
            Kind::Open => at = closing(tokens, at),
            _ if tokens[at].text == "," => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// First and last token of each chain `a ?? b ?? c`, operands included.
pub(super) fn coalescing_brackets(tokens: &[Token<'_>]) -> Vec<(usize, usize)> {
    let mut brackets: Vec<(usize, usize)> = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        if token.text != "??" || i == 0 {
            continue;
        }
        let end = operand_end(tokens, i + 1);
        match brackets.last_mut() {
            // The chain goes on: its last operand ended right before this one.
            Some((_, to)) if *to == i - 1 => *to = end,
            _ => brackets.push((operand_start(tokens, i - 1), end)),
        }
    }
    brackets
}

/// The first token of the operand that ends at `at`: a value, name, call or bracket, with its
/// indexes.
fn operand_start(tokens: &[Token<'_>], mut at: usize) -> usize {
    loop {
        let closed = tokens[at].kind == Kind::Close;
        if closed {
            at = opening(tokens, at);
        }
        let is_value = |t: &Token<'_>| t.kind == Kind::Close || is_name(t);
        if closed && at > 0 && tokens[at].text != "{" && is_value(&tokens[at - 1]) {
            at -= 1;
            if tokens[at].kind == Kind::Close {
                continue;
            }
        }
        return at;
    }
}

/// The last token of the operand that starts at `at`.
fn operand_end(tokens: &[Token<'_>], at: usize) -> usize {
    let last = tokens.len().saturating_sub(1);
    let mut at = at;
    while at < last && ["-", "+", "!", "not"].contains(&tokens[at].text) {
        at += 1;
    }
    if at >= last {
        return last;
    }
    if tokens[at].kind == Kind::Open {
        at = closing(tokens, at);
    }
    while at < last && matches!(tokens[at + 1].text, "(" | "[") {
        at = closing(tokens, at + 1);
    }
    at
}

fn opening(tokens: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0_usize;
    for i in (0..=at).rev() {
        match tokens[i].kind {
            Kind::Close => depth += 1,
            Kind::Open => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return i;
        }
    }
    0
}

fn closing(tokens: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(at) {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return i;
        }
    }
    tokens.len() - 1
}

fn is_name(token: &Token<'_>) -> bool {
    token.kind == Kind::Name && !WORDS.contains(&token.text)
}
