//! The engine's port for event sources, served by components in their sandbox.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use operator_engine::port::{CheckError, OpenTrigger, Scalers};
use runtime_host::Catalog;
use runtime_types::{Checked, Outcome, Trigger};

/// A [`Catalog`] as the engine wants it.
#[derive(Clone)]
pub(crate) struct Components(pub(crate) Catalog);

impl Scalers for Components {
    fn check<'a>(&'a self, trigger: &'a Trigger) -> BoxFuture<'a, Result<Checked, CheckError>> {
        async move {
            self.0.check(trigger).await.map_err(|error| match error {
                runtime_host::CheckError::UnknownType(name) => CheckError::UnknownType(name),
                runtime_host::CheckError::Config(errors) => CheckError::Config(errors),
                runtime_host::CheckError::Component(unknown) => CheckError::Scaler(unknown),
            })
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
}
