//! Pure scaling decisions: activation, cooldown, fallback, modifiers, HPA maths.
//!
//! [`Plan::step`] takes a [`State`] and [`Inputs`] and gives a [`Step`]: what to do, conditions,
//! events, and an [`Explanation`]. No clock, no I/O, no asynchrony; equal inputs give equal steps.
//!
//! ```
//! use operator_scaling::{Home, Inputs, Millis, Plan, Replicas, State, Tick};
//! use operator_scaling::{External, MetricInput, TriggerInput, TriggerKind, spec::ScalingSpec};
//! use runtime_types::{MetricType, Number};
//!
//! let plan = Plan::new(ScalingSpec::default(), Home::Builtin, [""])?;
//! let queue = MetricInput {
//!     full_name: "s0-queue".into(),
//!     target: Number::Whole(5),
//!     metric_type: MetricType::AverageValue,
//!     activation: None,
//!     sample: Ok(Number::Whole(18)),
//! };
//! let external = External { metrics: vec![queue], ..External::default() };
//! let trigger = TriggerInput {
//!     index: 0,
//!     name: String::new(),
//!     trigger_type: "redis".into(),
//!     kind: TriggerKind::External(external),
//! };
//! let inputs = Inputs {
//!     now: Millis(1_700_000_000_000),
//!     created_at: Millis(1_600_000_000_000),
//!     tick: Tick::PollAndSync,
//!     replicas: Ok(Replicas::settled(2)),
//!     triggers: vec![trigger],
//!     target: "process worker".into(),
//! };
//! let step = plan.step(&State::default(), &inputs);
//! assert_eq!(step.action.map(|action| action.to), Some(4));
//! assert_eq!(step.explanation.summary, "2 -> 4: s0-queue is 18 at 5 a replica");
//! # Ok::<(), operator_scaling::PlanError>(())
//! ```
//!
//! # Where this differs from KEDA, on purpose
//!
//! - **What is not known never takes replicas away**, unless the user's own fallback says so: a
//!   formula that cannot be evaluated holds the target (KEDA takes it for inactive and goes to
//!   zero); NaN and the infinities are failures (KEDA: 0).
//! - A trigger that cannot even be built counts as failing and the others go on (KEDA stops the
//!   object's whole loop and leaves its status as it was).
//! - Modifiers that cannot be used (no formula, a target that is no number above zero, an
//!   activation target that is none) make the object not ready at once, instead of failing at
//!   each poll or being ignored. `paused-replicas` below 0 is refused, not sent to the API.
//! - With the built-in autoscaler an idle count above 0 holds while nothing is active (a
//!   cluster's autoscaler lifts it to the minimum), and one look at the sources that serves both
//!   activation and 1..n counts as one failure, not two.
//! - A fallback does not flap with `useCachedMetrics`: only asking the source counts.
//! - Formulas: see [`formula`].

mod condition;
pub mod explanation;
pub mod formula;
pub mod hpa;
mod input;
mod milli;
mod plan;
pub mod quantity;
mod replay;
pub mod spec;
mod state;
mod step;
mod time;

pub use condition::{Condition, ConditionKind, ConditionStatus, Event};
pub use explanation::{Cause, Explanation};
pub use input::{
    External, Failure, Inputs, MetricInput, Replicas, Resource, ResourceTarget, ResourceUsage,
    Tick, TriggerInput, TriggerKind,
};
pub use milli::Milli;
pub use plan::{Home, Plan, PlanError};
pub use replay::{Recording, ReplayMetric, ReplayPoint, replay};
pub use state::{Health, State};
pub use step::{Action, COMPOSITE_METRIC, MetricValue, Step};
pub use time::Millis;
