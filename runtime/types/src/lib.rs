//! Plain data shared by the component host and the operator: triggers, what a scaler answers,
//! and how a component describes itself. No I/O, no clock.

mod description;
mod number;
mod outcome;
mod trigger;

pub use description::{
    DESCRIPTION_SCHEMA, Description, DescriptionError, Format, KubeAccess, Lifecycle, Parameter,
    ParameterKind, Role, Sharing, Source, TriggerType,
};
pub use number::Number;
pub use outcome::{
    Checked, MetricSpec, MetricType, Naming, Outcome, ParameterError, Reading, Sample, Unknown,
    UnknownReason,
};
pub use trigger::{PodIdentity, Trigger};
