//! What is to be looked at: a set of keys, each once, in the order they came, and no key by two at a time.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// Keys to look at. Adding never waits, and a key that waits already is not added again: what is done
/// with it sees the latest state anyway, so nothing is lost and the size is bounded by the objects. A key
/// that is being looked at waits until that is over: else the end of an object could overtake its beginning.
#[derive(Debug)]
pub(crate) struct Work<K> {
    waiting: Mutex<Waiting<K>>,
    added: Notify,
}

#[derive(Debug)]
struct Waiting<K> {
    order: VecDeque<K>,
    keys: HashSet<K>,
    /// Being looked at.
    taken: HashSet<K>,
    /// Being looked at, and added again since.
    again: HashSet<K>,
}

impl<K: Clone + Eq + Hash> Work<K> {
    pub(crate) fn new() -> Self {
        let waiting = Waiting {
            order: VecDeque::new(),
            keys: HashSet::new(),
            taken: HashSet::new(),
            again: HashSet::new(),
        };
        Self {
            waiting: Mutex::new(waiting),
            added: Notify::new(),
        }
    }

    pub(crate) fn add(&self, key: K) {
        let mut waiting = self.lock();
        if waiting.taken.contains(&key) {
            waiting.again.insert(key);
        } else if waiting.keys.insert(key.clone()) {
            waiting.order.push_back(key);
            drop(waiting);
            self.added.notify_one();
        }
    }

    /// The key has been looked at.
    pub(crate) fn done(&self, key: K) {
        let again = {
            let mut waiting = self.lock();
            waiting.taken.remove(&key);
            waiting.again.remove(&key)
        };
        if again {
            self.add(key);
        }
    }

    /// The key that waits longest. It is nobody else's until it is [`Self::done`].
    pub(crate) async fn next(&self) -> K {
        loop {
            if let Some(key) = self.take() {
                return key;
            }
            self.added.notified().await;
        }
    }

    fn take(&self) -> Option<K> {
        let mut waiting = self.lock();
        let key = waiting.order.pop_front()?;
        waiting.keys.remove(&key);
        waiting.taken.insert(key.clone());
        if !waiting.order.is_empty() {
            // Of two that were added while nobody listened, one notification is left.
            self.added.notify_one();
        }
        Some(key)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting<K>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_key_is_taken_once_in_the_order_of_adding() {
        let work = Work::new();
        for key in [3, 1, 3, 2, 1] {
            work.add(key);
        }
        assert_eq!(
            [work.next().await, work.next().await, work.next().await],
            [3, 1, 2]
        );
        work.done(3);
        work.add(3);
        assert_eq!(work.next().await, 3);
        assert_eq!(work.take(), None);
    }

    #[test]
    fn a_key_that_is_being_looked_at_is_nobody_elses_and_comes_again_afterwards() {
        let work = Work::new();
        work.add(1);
        assert_eq!(work.take(), Some(1));
        work.add(1);
        work.add(1);
        work.add(2);
        assert_eq!([work.take(), work.take()], [Some(2), None]);
        work.done(1);
        assert_eq!([work.take(), work.take()], [Some(1), None]);
        work.done(1);
        assert_eq!(work.take(), None);
    }

    #[tokio::test]
    async fn two_that_wait_are_both_woken() {
        let work = std::sync::Arc::new(Work::new());
        let takers =
            [work.clone(), work.clone()].map(|work| tokio::spawn(async move { work.next().await }));
        tokio::task::yield_now().await;
        work.add(1);
        work.add(2);
        let mut taken = Vec::new();
        for taker in takers {
            taken.push(taker.await.unwrap());
        }
        taken.sort_unstable();
        assert_eq!(taken, [1, 2]);
    }
}
