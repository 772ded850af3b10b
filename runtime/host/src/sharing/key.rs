use runtime_types::{Parameter, Source, Trigger};
use secrecy::ExposeSecret;

use crate::component::LoadedComponent;
use crate::grants::value_of;
use crate::state::Scope;

/// What must be equal for two triggers to share an instance. Of secrets only the hash is kept, and
/// it is never shown.
pub(crate) fn key(component: &LoadedComponent, scope: &Scope) -> blake3::Hash {
    let trigger = &scope.trigger;
    let mut hash = Fields(blake3::Hasher::new());
    hash.add(&component.digest);
    hash.add(&trigger.namespace);
    hash.add(&trigger.trigger_type);
    hash.add(&format!("{:?}", trigger.identity));
    let described = component.description.trigger_type(&trigger.trigger_type);
    let parameters = described.map_or(&[][..], |t| t.parameters.as_slice());
    for parameter in parameters.iter().filter(|p| makes_a_connection(p)) {
        hash.add(parameter.name());
        hash.add(value_of(parameter, trigger).unwrap_or_default());
    }
    for (name, value) in undeclared(parameters, trigger) {
        hash.add(name);
        hash.add(value);
    }
    for granted in scope.grants.canonical() {
        hash.add(&granted);
    }
    hash.0.finalize()
}

/// Whether the host was told so, or an authentication may give it: what belongs to credentials is
/// there (a user's name beside the password), even if it is no secret.
fn makes_a_connection(parameter: &Parameter) -> bool {
    !parameter.roles.is_empty() || parameter.sources.contains(&Source::AuthParams)
}

/// Parts of the authentication that no parameter declares: somebody meant them to matter.
fn undeclared<'t>(
    parameters: &[Parameter],
    trigger: &'t Trigger,
) -> impl Iterator<Item = (&'t str, &'t str)> {
    trigger
        .auth_params
        .iter()
        .filter(|(name, _)| !parameters.iter().any(|p| p.names.contains(*name)))
        .map(|(name, value)| (name.as_str(), value.expose_secret()))
}

/// Texts one after the other, so that none can pass for two.
struct Fields(blake3::Hasher);

impl Fields {
    fn add(&mut self, text: &str) {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }
}
