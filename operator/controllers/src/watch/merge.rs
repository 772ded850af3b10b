use std::collections::HashSet;
use std::sync::Arc;

use kube::runtime::reflector::{Lookup, ObjectRef};
use kube::runtime::watcher::Event;

/// Makes one watch of several, so that one store can be kept from them: it is complete when each
/// of them is, and one that starts anew takes nothing away from the others.
pub(super) struct Merge<K: Lookup> {
    parts: Vec<Part<K>>,
    begun: bool,
    complete: bool,
    /// Deleted before all was complete.
    gone: Vec<K>,
}

struct Part<K: Lookup> {
    known: HashSet<ObjectRef<K>>,
    /// What was listed since the list began.
    listed: HashSet<ObjectRef<K>>,
    complete: bool,
}

impl<K: Lookup<DynamicType = ()> + Clone> Merge<K> {
    pub(super) fn new(parts: usize) -> Self {
        let part = || Part {
            known: HashSet::new(),
            listed: HashSet::new(),
            complete: false,
        };
        Self {
            parts: (0..parts).map(|_| part()).collect(),
            begun: false,
            complete: false,
            gone: vec![],
        }
    }

    /// What an event of one part means for the whole. `get` finds what the store has.
    pub(super) fn take(
        &mut self,
        part: usize,
        event: Event<K>,
        get: impl Fn(&ObjectRef<K>) -> Option<Arc<K>>,
    ) -> Vec<Event<K>> {
        let mut events = Vec::new();
        let Some(part) = self.parts.get_mut(part) else {
            return events;
        };
        match event {
            Event::Init => {
                part.listed.clear();
                if !self.begun {
                    self.begun = true;
                    events.push(Event::Init);
                }
            }
            Event::InitApply(object) => {
                part.listed.insert(object.to_object_ref(()));
                part.known.insert(object.to_object_ref(()));
                events.push(self.apply(object));
            }
            Event::Apply(object) => {
                part.known.insert(object.to_object_ref(()));
                events.push(self.apply(object));
            }
            Event::Delete(object) => {
                part.known.remove(&object.to_object_ref(()));
                if self.complete {
                    events.push(Event::Delete(object));
                } else {
                    self.gone.push(object);
                }
            }
            Event::InitDone => {
                part.complete = true;
                // What was deleted while nobody watched.
                let lost: Vec<_> = part.known.difference(&part.listed).cloned().collect();
                for key in &lost {
                    part.known.remove(key);
                }
                part.listed = HashSet::new();
                if self.complete {
                    let lost = lost.iter().filter_map(get);
                    events.extend(lost.map(|object| Event::Delete((*object).clone())));
                } else if self.parts.iter().all(|part| part.complete) {
                    self.complete = true;
                    events.push(Event::InitDone);
                    events.extend(self.gone.drain(..).map(Event::Delete));
                }
            }
        }
        events
    }

    fn apply(&self, object: K) -> Event<K> {
        if self.complete {
            Event::Apply(object)
        } else {
            // A store takes what comes before it is complete all at once.
            Event::InitApply(object)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::runtime::reflector::store::Writer;

    struct World {
        merge: Merge<ConfigMap>,
        writer: Writer<ConfigMap>,
    }

    impl World {
        fn new(parts: usize) -> Self {
            Self {
                merge: Merge::new(parts),
                writer: Writer::default(),
            }
        }

        fn take(&mut self, part: usize, event: Event<ConfigMap>) {
            let store = self.writer.as_reader();
            for event in self.merge.take(part, event, |key| store.get(key)) {
                self.writer.apply_watcher_event(&event);
            }
        }

        fn names(&self) -> Vec<String> {
            let all = self.writer.as_reader().state();
            let mut names: Vec<_> = all.iter().filter_map(|o| o.metadata.name.clone()).collect();
            names.sort();
            names
        }
    }

    fn object(namespace: &str, name: &str) -> ConfigMap {
        let mut object = ConfigMap::default();
        object.metadata.namespace = Some(namespace.into());
        object.metadata.name = Some(name.into());
        object
    }

    #[test]
    fn the_store_is_complete_when_each_namespace_is() {
        let mut world = World::new(2);
        world.take(0, Event::Init);
        world.take(0, Event::InitApply(object("a", "a1")));
        world.take(0, Event::InitApply(object("a", "a2")));
        world.take(0, Event::InitDone);
        world.take(1, Event::Init);
        // Both happen before the other namespace is listed.
        world.take(0, Event::Apply(object("a", "a3")));
        world.take(0, Event::Delete(object("a", "a2")));
        assert_eq!(world.names(), [""; 0]);
        world.take(1, Event::InitApply(object("b", "b1")));
        world.take(1, Event::InitDone);
        assert_eq!(world.names(), ["a1", "a3", "b1"]);
    }

    #[test]
    fn a_namespace_that_is_listed_anew_loses_what_is_gone_and_the_others_lose_nothing() {
        let mut world = World::new(2);
        for (part, name) in [(0, "a"), (1, "b")] {
            world.take(part, Event::Init);
            world.take(part, Event::InitApply(object(name, "one")));
            world.take(part, Event::InitApply(object(name, "two")));
            world.take(part, Event::InitDone);
        }
        world.take(0, Event::Apply(object("a", "three")));
        world.take(0, Event::Init);
        assert_eq!(
            world.names().len(),
            5,
            "nothing goes while the list is read"
        );
        world.take(0, Event::InitApply(object("a", "two")));
        world.take(0, Event::InitDone);
        assert_eq!(world.names(), ["one", "two", "two"]);
    }
}
