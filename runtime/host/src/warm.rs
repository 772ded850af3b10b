use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use tokio::time::Instant;

use crate::instance::Instance;
use crate::state::lock;

/// Instances kept between polls, under one budget for the whole process.
///
/// When it is full, the instance whose next poll is furthest away goes: every trigger is polled
/// in a cycle, so the least recently used one is just the one that is needed next.
pub(crate) struct WarmInstances {
    most: usize,
    kept: Mutex<Kept<Instance>>,
}

impl WarmInstances {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::default(),
        }
    }

    /// Takes out the instance of the trigger with this number.
    pub(crate) fn take(&self, trigger: u64) -> Option<Instance> {
        lock(&self.kept).take(trigger)
    }

    /// Keeps an instance until `next_poll`, about.
    pub(crate) fn keep(&self, trigger: u64, instance: Instance, next_poll: Instant) {
        // Dropping an instance unmaps its memory: not while others wait for the lock.
        let evicted = lock(&self.kept).put(trigger, instance, next_poll, self.most);
        drop(evicted);
    }
}

struct Kept<T> {
    by_trigger: HashMap<u64, (Instant, T)>,
    by_next_poll: BTreeMap<(Instant, u64), ()>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            by_trigger: HashMap::new(),
            by_next_poll: BTreeMap::new(),
        }
    }
}

impl<T> Kept<T> {
    fn take(&mut self, trigger: u64) -> Option<T> {
        let (next_poll, kept) = self.by_trigger.remove(&trigger)?;
        self.by_next_poll.remove(&(next_poll, trigger));
        Some(kept)
    }

    fn put(&mut self, trigger: u64, item: T, next_poll: Instant, most: usize) -> Vec<T> {
        let mut out: Vec<T> = self.take(trigger).into_iter().collect();
        self.by_trigger.insert(trigger, (next_poll, item));
        self.by_next_poll.insert((next_poll, trigger), ());
        while self.by_trigger.len() > most {
            let Some(((_, furthest), ())) = self.by_next_poll.pop_last() else {
                break;
            };
            out.extend(self.by_trigger.remove(&furthest).map(|(_, item)| item));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_one_needed_last_goes_first() {
        let mut kept = Kept::default();
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        assert!(kept.put(1, "soon", after(1), 2).is_empty());
        assert!(kept.put(2, "late", after(30), 2).is_empty());
        assert_eq!(kept.put(3, "sooner", after(2), 2), ["late"]);
        assert_eq!(kept.put(4, "latest", after(60), 2), ["latest"]);
        assert_eq!(kept.take(1), Some("soon"));
        assert_eq!(kept.take(1), None);
        assert_eq!(kept.by_next_poll.len(), 1);
    }

    #[test]
    fn an_instance_put_twice_replaces_itself() {
        let mut kept = Kept::default();
        let now = Instant::now();
        assert!(kept.put(1, "old", now, 2).is_empty());
        assert_eq!(kept.put(1, "new", now, 2), ["old"]);
        assert_eq!(kept.by_next_poll.len(), 1);
    }
}
