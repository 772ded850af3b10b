use std::collections::{BTreeMap, BTreeSet};

use super::FormulaError;
use super::lexer::{Kind, Token, tokens};
use super::spans::{LOOPS, WORDS, coalescing_brackets, is_loop, is_piped, predicate_braces};

/// Longest formula, in bytes.
pub const MAX_LENGTH: usize = 4096;
/// Most tokens: bounds the depth of the tree (a chain of n operators is n/2 deep), and with it the
/// stack that parsing and evaluation need.
pub const MAX_TOKENS: usize = 512;
/// Deepest nesting of brackets: the crate's grammar reads a nested index twice at each level, so
/// time doubles with each.
pub const MAX_DEPTH: usize = 12;
/// Most conditionals and `??`, each of which nests all that follows it.
const MAX_QUESTIONS: usize = 16;
/// Longest range. With the depth of loops and [`MAX_TOKENS`] it keeps an evaluation under a million
/// steps, a tenth of a second at worst.
pub const MAX_RANGE: i64 = 30;
/// Deepest nesting of functions in the predicates of others.
const MAX_LOOPS: usize = 2;

const STRING_WORDS: [&str; 4] = ["contains", "startsWith", "endsWith", "matches"];
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
    let chains = coalescing_brackets(&tokens);
    let predicates = predicate_braces(&tokens);
    let names = Names::new(&tokens, variables);
    let starts = |spans: &[(usize, usize)], i| spans.iter().filter(|(from, _)| *from == i).count();
    let ends = |spans: &[(usize, usize)], i| spans.iter().filter(|(_, to)| *to == i).count();
    let mut out = String::new();
    for (i, token) in tokens.iter().enumerate() {
        out.push_str(&"{".repeat(starts(&predicates, i)));
        out.push_str(&"(".repeat(starts(&chains, i)));
        out.push_str(&names.written(&tokens, i)?);
        out.push_str(&")".repeat(ends(&chains, i)));
        out.push_str(&"}".repeat(ends(&predicates, i)));
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

/// A bracket that is open: whether a loop's, and whether its predicate has begun.
struct Bracket {
    is_loop: bool,
    in_predicate: bool,
}

fn check_nesting(tokens: &[Token<'_>]) -> Result<(), FormulaError> {
    let mut open: Vec<Bracket> = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Open => {
                let is_loop = is_loop(tokens, i);
                if is_loop {
                    // Only loops in the predicates of loops multiply; `sum(map(a, #))` does not.
                    let around = open.iter().filter(|b| b.is_loop && b.in_predicate);
                    at_most("its depth of loops", around.count() + 1, MAX_LOOPS)?;
                }
                if token.text == "{" {
                    // `map(a {...})` is as good to the crate as `map(a, {...})`.
                    open.last_mut()
                        .into_iter()
                        .for_each(|b| b.in_predicate = true);
                }
                let in_predicate = is_piped(tokens, i);
                open.push(Bracket {
                    is_loop,
                    in_predicate,
                });
                at_most("its depth of brackets", open.len(), MAX_DEPTH)?;
            }
            Kind::Close if open.pop().is_none() => {
                return Err(FormulaError::Syntax(format!("unexpected {:?}", token.text)));
            }
            _ if token.text == "," => {
                open.last_mut()
                    .into_iter()
                    .for_each(|b| b.in_predicate = true);
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
