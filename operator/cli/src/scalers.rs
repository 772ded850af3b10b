//! The engine's port for event sources, served by components in their sandbox.

mod unread;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use operator_api::nearest;
use operator_engine::port::{CheckError, OpenTrigger, Scalers};
use runtime_host::Catalog;
use runtime_types::{Checked, Outcome, Trigger};

use unread::unread;

/// So many types are a list that helps.
const FEW: usize = 20;

/// A [`Catalog`] as the engine wants it.
#[derive(Clone)]
pub(crate) struct Components(pub(crate) Catalog);

impl Components {
    /// A type that there is not, with a similar one or, where they are few, all that there are.
    fn among(&self, name: String) -> String {
        let entries = self.0.entries();
        let types = entries.iter().flat_map(|entry| &entry.description.types);
        let types: BTreeSet<&str> = types.map(|of| of.name.as_str()).collect();
        if let Some(similar) = nearest(&name, types.iter().copied()) {
            return format!("{name}, did you mean `{similar}`?");
        }
        match types.len() {
            ..=FEW => {
                let types: Vec<_> = types.into_iter().collect();
                format!("{name}, the types of this catalog are {}", types.join(", "))
            }
            _ => name,
        }
    }
}

impl Scalers for Components {
    fn check<'a>(&'a self, trigger: &'a Trigger) -> BoxFuture<'a, Result<Checked, CheckError>> {
        async move {
            let checked = self.0.check(trigger).await;
            let mut checked = checked.map_err(|error| match error {
                runtime_host::CheckError::UnknownType(name) => {
                    CheckError::UnknownType(self.among(name))
                }
                runtime_host::CheckError::Config(errors) => CheckError::Config(errors),
                runtime_host::CheckError::Component(unknown) => CheckError::Scaler(unknown),
            })?;
            let entries = self.0.entries();
            let mut types = entries.iter().flat_map(|entry| &entry.description.types);
            if let Some(of) = types.find(|of| of.name == trigger.trigger_type) {
                checked.notices.extend(unread(trigger, of));
            }
            Ok(checked)
        }
        .boxed()
    }

    fn open(&self, trigger: Arc<Trigger>) -> Box<dyn OpenTrigger> {
        Box::new(Open(self.0.open_trigger(trigger)))
    }
}

struct Open(runtime_host::OpenTrigger);

impl OpenTrigger for Open {
    fn poll(&mut self) -> BoxFuture<'_, Outcome> {
        self.0.poll().boxed()
    }

    fn version(&self) -> Option<&str> {
        self.0.component_digest()
    }

    fn pace(&self) -> Option<u64> {
        self.0.group()
    }
}
