use std::collections::{BTreeMap, BTreeSet};

use super::FormulaError;
use super::lexer::{Kind, Token, tokens};

/// Longest formula, in bytes.
pub const MAX_LENGTH: usize = 1024;
/// Most tokens: bounds the depth of the tree (a chain of n operators is n/2 deep), and with it the
/// stack that parsing and evaluation need.
pub const MAX_TOKENS: usize = 256;
/// Deepest nesting of brackets: the crate's grammar reads a nested index twice at each level, so
/// time doubles with each.
pub const MAX_DEPTH: usize = 12;
/// Most conditionals and `??`, each of which nests all that follows it.
const MAX_QUESTIONS: usize = 16;
/// Longest range. With [`MAX_LOOPS`] it bounds the steps of an evaluation to some ten thousand,
/// which take milliseconds.
pub const MAX_RANGE: i64 = 30;
/// Deepest nesting of functions that take a predicate.
const MAX_LOOPS: usize = 3;

const WORDS: [&str; 10] = [
    "true", "false", "nil", "not", "and", "or", "in", "if", "else", "let",
];
const STRING_WORDS: [&str; 4] = ["contains", "startsWith", "endsWith", "matches"];
const LOOPS: [&str; 11] = [
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
const FUNCTIONS: [&str; 25] = [
    "abs", "bitand", "bitnand", "bitnot", "bitor", "bitshl", "bitshr", "bitushr", "bitxor", "ceil",
    "first", "float", "floor", "int", "last", "len", "max", "mean", "median", "min", "reverse",
    "round", "sort", "sum", "take",
];

/// Checks a formula and writes it anew as the crate must see it: triggers and `let` names
/// replaced, chains of `??` in brackets.
pub(super) fn admit(
    text: &str,
    variables: &BTreeMap<String, String>,
) -> Result<String, FormulaError> {
    at_most("its length in bytes", text.len(), MAX_LENGTH)?;
    let tokens = tokens(text)?;
    at_most("its number of tokens", tokens.len(), MAX_TOKENS)?;
    let questions = tokens.iter().filter(|t| t.text.starts_with('?')).count();
    at_most("its number of conditions", questions, MAX_QUESTIONS)?;
    check_nesting(&tokens)?;
    check_growth(&tokens)?;
    let brackets = coalescing_brackets(&tokens);
    let names = Names::new(&tokens, variables);
    let mut out = String::new();
    for (i, token) in tokens.iter().enumerate() {
        for _ in brackets.iter().filter(|(from, _)| *from == i) {
            out.push('(');
        }
        out.push_str(&names.written(&tokens, i)?);
        for _ in brackets.iter().filter(|(_, to)| *to == i) {
            out.push(')');
        }
        // `a - -1` and `not x` must stay apart; `f (` and `f(` are the same to the crate.
        if token.kind != Kind::Open {
            out.push(' ');
        }
    }
    Ok(out)
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), FormulaError> {
    if found > limit {
        return Err(FormulaError::TooLarge { what, found, limit });
    }
    Ok(())
}

fn check_nesting(tokens: &[Token<'_>]) -> Result<(), FormulaError> {
    let mut open: Vec<bool> = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Open => {
                let loops =
                    i > 0 && (LOOPS.contains(&tokens[i - 1].text) || tokens[i - 1].text == "sum");
                open.push(loops);
                at_most("its depth of brackets", open.len(), MAX_DEPTH)?;
                let loops = open.iter().filter(|l| **l).count();
                at_most("its depth of loops", loops, MAX_LOOPS)?;
            }
            Kind::Close if open.pop().is_none() => {
                return Err(FormulaError::Syntax(format!("unexpected {:?}", token.text)));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Nothing may grow: without `let` an array is no longer than the formula and its ranges say;
/// with it, `let b = [a, a]; let c = [b, b]; ...` doubles at each step.
fn check_growth(tokens: &[Token<'_>]) -> Result<(), FormulaError> {
    let text = |i: Option<usize>| i.and_then(|i| tokens.get(i)).map_or("", |t| t.text);
    let has = |text: &str| tokens.iter().any(|t| t.text == text);
    if has("let") && (has("[") || has("..")) {
        return Err(FormulaError::Unsupported("let together with arrays".into()));
    }
    for (i, token) in tokens.iter().enumerate() {
        match token.text {
            "." | "?." | "@" => return Err(FormulaError::Unsupported(format!("{:?}", token.text))),
            "{" if text(Some(i + 1)) == "}" || text(Some(i + 2)) == ":" => {
                return Err(FormulaError::Unsupported("a map".into()));
            }
            ".." => {
                let before = text(i.checked_sub(2));
                let after = text(Some(i + 2));
                let ends = (
                    text(i.checked_sub(1)).parse(),
                    text(Some(i + 1)).parse::<i64>(),
                );
                let alone = ["", "(", "[", "{", ",", "in"].contains(&before)
                    && ["", ")", "]", "}", ",", "|"].contains(&after);
                match ends {
                    (Ok(from), Ok(to)) if alone && to.saturating_sub(from) <= MAX_RANGE => {}
                    _ => {
                        let what = format!(
                            "a range other than two whole numbers at most {MAX_RANGE} apart"
                        );
                        return Err(FormulaError::Unsupported(what));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// First and last token of each chain `a ?? b ?? c`, operands included.
fn coalescing_brackets(tokens: &[Token<'_>]) -> Vec<(usize, usize)> {
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

/// What the names of a formula stand for.
struct Names<'a> {
    variables: &'a BTreeMap<String, String>,
    bound: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    fn new(tokens: &[Token<'a>], variables: &'a BTreeMap<String, String>) -> Self {
        let lets = tokens.windows(2).filter(|pair| pair[0].text == "let");
        let bound = lets.map(|pair| pair[1].text).collect();
        Self { variables, bound }
    }

    /// The token at `i` as the crate must see it.
    fn written(&self, tokens: &[Token<'_>], i: usize) -> Result<String, FormulaError> {
        let Token { kind, text } = tokens[i];
        if kind != Kind::Name || WORDS.contains(&text) || text.starts_with('#') {
            return Ok(text.into());
        }
        if STRING_WORDS.contains(&text) {
            return Err(FormulaError::Unsupported(format!("the operator {text}")));
        }
        if tokens.get(i + 1).is_some_and(|next| next.text == "(") {
            return if LOOPS.contains(&text) || FUNCTIONS.contains(&text) {
                Ok(text.into())
            } else {
                Err(FormulaError::Unsupported(format!("the function {text}")))
            };
        }
        if self.bound.contains(text) {
            return Ok(format!("l_{text}"));
        }
        let variable = self.variables.get(text);
        variable
            .cloned()
            .ok_or_else(|| FormulaError::UnknownName(text.into()))
    }
}
