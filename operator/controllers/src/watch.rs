//! Watching one kind: a store of what there is, and a stream of what changed.

mod merge;

use std::collections::HashMap;
use std::fmt::Debug;

use futures::stream::{BoxStream, StreamExt, select_all};
use kube::runtime::WatchStreamExt;
use kube::runtime::reflector::{Lookup, ObjectRef, Store, store::Writer};
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;

use merge::Merge;

/// One kind in all watched namespaces.
pub(crate) struct Watched<K: Resource<DynamicType = ()> + 'static> {
    /// What there is; filled, and kept up to date, as `changes` is read.
    pub(crate) store: Store<K>,
    /// Each object whose digest changed, and each that is gone. Never ends; failures are logged and
    /// tried again.
    pub(crate) changes: BoxStream<'static, Change<K>>,
}

/// What happened to an object.
#[derive(Debug)]
pub(crate) enum Change<K> {
    /// It is new, or other than before.
    Applied(K),
    /// It is no more.
    Gone(K),
}

/// Watches the objects of `apis`. `trim` takes away what nobody reads, to save memory; an object
/// whose `digest` stays the same has not changed.
pub(crate) fn watch<K>(
    apis: Vec<Api<K>>,
    config: &watcher::Config,
    trim: fn(&mut K),
    digest: fn(&K) -> u64,
) -> Watched<K>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    let count = apis.len();
    let streams = apis.into_iter().enumerate().map(|(at, api)| {
        let events = watcher(api, config.clone()).default_backoff();
        events.map(move |event| (at, event)).boxed()
    });
    let mut writer = Writer::<K>::default();
    let store = writer.as_reader();
    let mut merge = Merge::new(count);
    let reader = store.clone();
    let mut digests = Digests::new(digest);
    let changes = select_all(streams).flat_map(move |(at, event)| {
        let events = match event {
            Ok(event) => merge.take(at, event, |key| reader.get(key)),
            Err(error) => {
                let kind = K::kind(&());
                tracing::warn!(%kind, error = %error, "watching fails, and is tried again");
                vec![]
            }
        };
        let mut changes = Vec::new();
        for mut event in events {
            if let Event::Apply(object) | Event::InitApply(object) = &mut event {
                object.meta_mut().managed_fields = None;
                trim(object);
            }
            writer.apply_watcher_event(&event);
            changes.extend(digests.change(event));
        }
        futures::stream::iter(changes)
    });
    Watched {
        store,
        changes: changes.boxed(),
    }
}

/// What each object looked like when its change was told last.
struct Digests<K: Lookup> {
    digest: fn(&K) -> u64,
    known: HashMap<ObjectRef<K>, u64>,
}

impl<K> Digests<K>
where
    K: Lookup<DynamicType = ()>,
{
    fn new(digest: fn(&K) -> u64) -> Self {
        Self {
            digest,
            known: HashMap::new(),
        }
    }

    fn change(&mut self, event: Event<K>) -> Option<Change<K>> {
        match event {
            Event::Apply(object) | Event::InitApply(object) => {
                let digest = (self.digest)(&object);
                let before = self.known.insert(object.to_object_ref(()), digest);
                (before != Some(digest)).then_some(Change::Applied(object))
            }
            Event::Delete(object) => {
                self.known.remove(&object.to_object_ref(()));
                Some(Change::Gone(object))
            }
            Event::Init | Event::InitDone => None,
        }
    }
}
