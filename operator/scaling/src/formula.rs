//! The formula of `scalingModifiers`: expr-lang over the triggers' values.
//!
//! The `expr-lang` crate evaluates; a gate in front of it reads the tokens first, because
//! the crate differs from expr-lang 1.17 in ways that would change results, and because a formula
//! comes from a tenant and must neither run away nor overflow the stack.
//!
//! What the gate puts right: `??` binds tighter than arithmetic (the crate lets it swallow all
//! that follows), names such as `notifications` or `nil_count` are names (the crate reads `not`
//! and `nil`), unknown names and functions are errors at compile time.
//!
//! What is narrower than in KEDA, on purpose: the language of numbers, booleans, `nil` and
//! arrays. No strings, maps, fields, dates, `reduce`, `concat` and the like (inputs and result are
//! numbers, there is no clock here, and those are what can grow without bound); ranges have two
//! literal ends at most [`MAX_RANGE`] apart; `let` and arrays do not mix. Type errors are found by
//! trial runs with several values, so one in a branch that no trial takes shows at run time.

mod gate;
mod lexer;
mod spans;

use std::collections::BTreeMap;

use expr::{Context, Program, Value};

pub use gate::{MAX_DEPTH, MAX_LENGTH, MAX_RANGE, MAX_TOKENS};

/// A formula that can be evaluated.
#[derive(Debug, Clone)]
pub struct Formula {
    text: String,
    program: Program,
    /// Trigger name to the name that stands for it in `program`.
    variables: BTreeMap<String, String>,
    /// The formula routes around failures with `??`, so `nil` may be its result.
    keeps_nil: bool,
    /// The formula starts with `float(`: KEDA adds no conversion of its own then.
    bare: bool,
}

/// A formula that cannot be compiled or evaluated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FormulaError {
    /// Larger or deeper than is evaluated.
    #[error("the formula is too large: {what} is {found}, at most {limit} is allowed")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// How much of it there is.
        found: usize,
        /// How much may be.
        limit: usize,
    },
    /// A part of the language that is not supported.
    #[error("the formula uses {0}, which is not supported")]
    Unsupported(String),
    /// Neither a trigger nor a `let` has this name.
    #[error("unknown name {0}")]
    UnknownName(String),
    /// Not the language's syntax.
    #[error("the formula cannot be read: {0}")]
    Syntax(String),
    /// Types or values do not go together.
    #[error("error trying to run custom formula: {0}")]
    Run(String),
    /// The result is no number.
    #[error("formula returned non-float result {0}")]
    NotANumber(String),
}

impl FormulaError {
    /// Fixed word for conditions, events and labels.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "FormulaTooLarge",
            Self::Unsupported(_) => "FormulaUnsupported",
            Self::UnknownName(_) => "FormulaUnknownName",
            Self::Syntax(_) => "FormulaSyntax",
            Self::Run(_) => "FormulaFailed",
            Self::NotANumber(_) => "FormulaNotANumber",
        }
    }
}

/// KEDA's own trial value, whose failure is a compile error whatever its kind.
const TRIAL: f64 = -1.0;
/// Further values, to reach other branches; only a type error counts with them.
const PROBES: [f64; 3] = [0.0, 1.0, 1e6];

impl Formula {
    /// Compiles `text` over the triggers' `names` and tries it out.
    ///
    /// # Errors
    /// When it is too large, uses something unsupported or unknown, or the trial fails.
    pub fn compile<'a>(
        text: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, FormulaError> {
        let variables: BTreeMap<_, _> = names
            .into_iter()
            .filter(|name| !name.is_empty())
            .enumerate()
            .map(|(i, name)| (name.to_string(), format!("v{i}")))
            .collect();
        let gated = gate::admit(text, &variables)?;
        let program = expr::compile(&gated).map_err(|e| FormulaError::Syntax(one_line(&e)))?;
        let formula = Self {
            text: text.to_string(),
            program,
            variables,
            keeps_nil: text.contains("??"),
            bare: text.starts_with("float("),
        };
        formula.trial(TRIAL)?;
        for value in PROBES {
            match formula.trial(value) {
                Err(e @ (FormulaError::NotANumber(_) | FormulaError::Run(_)))
                    if is_type_error(&e) =>
                {
                    return Err(e);
                }
                _ => {}
            }
        }
        Ok(formula)
    }

    /// The formula as the user wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The result for the triggers' values, where `None` stands for `nil`: a failing trigger that
    /// `??` can route around. A `nil` result is `None`.
    ///
    /// # Errors
    /// When types do not go together or the result is no finite number.
    pub fn evaluate(
        &self,
        values: &BTreeMap<String, Option<f64>>,
    ) -> Result<Option<f64>, FormulaError> {
        let mut context = Context::default();
        for (name, variable) in &self.variables {
            let value = values.get(name).copied().flatten();
            let value = value.map_or(Value::Nil, Value::Float);
            context.insert(variable.clone(), value);
        }
        let result = expr::run(&self.program, &context);
        let number = match result.map_err(|e| FormulaError::Run(one_line(&e)))? {
            Value::Nil if self.keeps_nil => return Ok(None),
            Value::Float(x) => x,
            #[allow(clippy::cast_precision_loss)]
            Value::Integer(n) if !self.bare => n as f64,
            other => return Err(FormulaError::NotANumber(one_line(&other))),
        };
        if number.is_finite() {
            Ok(Some(number))
        } else {
            Err(FormulaError::NotANumber(number.to_string()))
        }
    }

    fn trial(&self, value: f64) -> Result<(), FormulaError> {
        let values = self.variables.keys().map(|n| (n.clone(), Some(value)));
        match self.evaluate(&values.collect()) {
            // 1/(a+1) is infinite for the trial's -1 and right for all that matters.
            Err(FormulaError::NotANumber(text))
                if text.parse::<f64>().is_ok_and(|x| !x.is_finite()) =>
            {
                Ok(())
            }
            other => other.map(drop),
        }
    }
}

fn is_type_error(error: &FormulaError) -> bool {
    match error {
        FormulaError::Run(text) => text.to_ascii_lowercase().starts_with("invalid"),
        FormulaError::NotANumber(text) => text.parse::<f64>().is_err(),
        _ => false,
    }
}

fn one_line(text: &impl ToString) -> String {
    let text = text.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
