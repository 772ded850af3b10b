//! `env`: variables of the workload.

use operator_api::AuthEnvironment;
use secrecy::SecretString;

use crate::{Notice, Objects, Workload};

/// What cannot be resolved is empty, with a notice. The container is the entry's own or the first,
/// never `envSourceContainerName`.
pub(crate) fn parameters(
    objects: &dyn Objects,
    workload: &Workload,
    references: &[AuthEnvironment],
    notices: &mut Vec<Notice>,
) -> Vec<(String, SecretString)> {
    references
        .iter()
        .map(|reference| {
            let container = reference.container_name.as_deref();
            let value = match workload.environment(objects, container) {
                Ok(environment) => environment.variables.get(&reference.name).cloned(),
                Err(error) => {
                    notices.push(Notice::new(error.reason(), error.to_string()));
                    None
                }
            };
            if value.is_none() {
                let name = &reference.name;
                let message = format!("the workload has no variable {name}, which counts as empty");
                notices.push(Notice::new("VariableNotFound", message));
            }
            (reference.parameter.clone(), value.unwrap_or_default())
        })
        .collect()
}
