//! Parameters: what is declared of them, how they are looked up and how their text is read.

mod convert;
mod duration;
mod json;
mod lookup;
mod quote;
mod secret;
mod spec;
mod url_values;

pub use convert::{Conversion, FromParameter, Kind};
pub use lookup::{Parameters, Problems};
pub use secret::Secret;
pub use spec::{Field, ParameterSpec, Source};
pub use url_values::UrlValues;
pub(crate) use url_values::decode as decode_form;

use crate::Trigger;
use crate::bindings::penstock::scaler::types::ParameterError;

/// The parameters of one trigger type, usually derived.
pub trait TriggerConfig: Sized {
    /// What is declared of each parameter, in the order of the documentation.
    const FIELDS: &'static [Field];
    /// Endpoints put together from several parameters, as templates such as `{host}:{port}`.
    const ENDPOINTS: &'static [&'static str] = &[];

    /// Reads the parameters. Faults are gathered in `parameters`; what could not be read is left
    /// at its type's default.
    fn read(parameters: &mut Parameters<'_>) -> Self;

    /// Reads and validates a trigger's parameters. Beside them: remarks for the user.
    ///
    /// # Errors
    /// All faults found, in the order of the parameters, then those of [`Validate`].
    fn parse(trigger: &Trigger) -> Result<(Self, Vec<String>), Vec<ParameterError>> {
        let mut parameters = Parameters::new(trigger);
        let config = Self::read(&mut parameters);
        parameters.finish(config)
    }
}

/// A scaler without parameters.
impl TriggerConfig for () {
    const FIELDS: &'static [Field] = &[];

    fn read(_: &mut Parameters<'_>) -> Self {}
}

/// Checks that concern several parameters, and values computed from them. Called for structs with
/// `#[config(validate)]` after their fields were read, even when some of them could not be.
pub trait Validate {
    /// Adds what is wrong to `problems`. A parameter that could not be read has its type's default
    /// here and was already reported: best say nothing of it.
    fn validate(&mut self, trigger: &Trigger, problems: &mut Problems);
}
