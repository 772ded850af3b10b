use futures::future::BoxFuture;
use operator_engine::port::{StateStore, StoreError};
use operator_scaling::State;

use super::StateDirectory;

/// A line at the end of a local file: written at once, without a thread of its own.
impl StateStore for StateDirectory {
    fn load<'a>(&'a self, uid: &'a str) -> BoxFuture<'a, Result<Option<State>, StoreError>> {
        Box::pin(async move { Ok(self.read(uid)) })
    }

    fn save<'a>(&'a self, uid: &'a str, state: &'a State) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.write(uid, state)
                .map_err(|e| StoreError(e.to_string()))
        })
    }

    fn forget<'a>(&'a self, uid: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.remove(uid).map_err(|e| StoreError(e.to_string())) })
    }
}
