use serde::{Deserialize, Serialize};

use crate::Milli;
use crate::formula::{Formula, FormulaError};
use crate::spec::{BoundsError, ScalingSpec};

/// Who scales 1..n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Home {
    /// This crate.
    Builtin,
    /// The cluster's own autoscaler, which asks for values.
    Cluster,
}

/// A specification that has been checked, with its formula compiled: what decides.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) spec: ScalingSpec,
    pub(crate) home: Home,
    pub(crate) composite: Option<Composite>,
}

/// Scaling modifiers, read.
#[derive(Debug, Clone)]
pub(crate) struct Composite {
    pub(crate) formula: Formula,
    pub(crate) target: f64,
    pub(crate) milli_target: Milli,
    pub(crate) activation: f64,
}

/// A specification by which nothing can be decided.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// Replica bounds contradict each other.
    #[error(transparent)]
    Bounds(#[from] BoundsError),
    /// The formula does not compile.
    #[error("error compiling scalingModifiers.formula: {0}")]
    Formula(#[from] FormulaError),
    /// Modifiers without a formula.
    #[error("scalingModifiers.formula is missing")]
    NoFormula,
    /// Modifiers whose target is no number above zero.
    #[error("scalingModifiers.target must be a number above zero, it is {0:?}")]
    Target(String),
    /// Modifiers whose activation target is no number.
    #[error("scalingModifiers.activationTarget must be a number, it is {0:?}")]
    ActivationTarget(String),
}

impl PlanError {
    /// Fixed word for conditions, events and labels.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Bounds(e) => e.reason(),
            Self::Formula(e) => e.reason(),
            Self::NoFormula => "FormulaMissing",
            Self::Target(_) => "ModifiersTarget",
            Self::ActivationTarget(_) => "ModifiersActivationTarget",
        }
    }
}

impl Plan {
    /// Checks `spec` and compiles its formula over `names`, the names of all triggers that are
    /// not cpu or memory. Of a fully paused object nothing is checked, as in KEDA.
    ///
    /// # Errors
    /// When bounds contradict each other or the modifiers cannot be used.
    pub fn new<'a>(
        spec: ScalingSpec,
        home: Home,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, PlanError> {
        let mut composite = None;
        if spec.pause.full.is_none() {
            spec.check_bounds()?;
            if let Some(modifiers) = &spec.modifiers {
                if modifiers.formula.is_empty() {
                    return Err(PlanError::NoFormula);
                }
                let number = |text: &str| text.parse().ok().filter(|x: &f64| x.is_finite());
                let target = number(&modifiers.target).and_then(|x| Some((x, Milli::cut(x)?)));
                let (target, milli_target) = target
                    .filter(|(_, milli)| milli.0 > 0)
                    .ok_or_else(|| PlanError::Target(modifiers.target.clone()))?;
                let activation = match modifiers.activation_target.as_str() {
                    "" => 0.0,
                    text => number(text).ok_or_else(|| PlanError::ActivationTarget(text.into()))?,
                };
                let formula = Formula::compile(&modifiers.formula, names)?;
                composite = Some(Composite {
                    formula,
                    target,
                    milli_target,
                    activation,
                });
            }
        }
        Ok(Self {
            spec,
            home,
            composite,
        })
    }

    /// The specification it was made of.
    pub fn spec(&self) -> &ScalingSpec {
        &self.spec
    }

    /// Who scales 1..n.
    pub fn home(&self) -> Home {
        self.home
    }
}
