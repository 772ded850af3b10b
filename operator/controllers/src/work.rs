//! What is to be looked at: a set of keys, each once, in the order they came.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// Keys to look at. Adding never waits, and a key that waits already is not added again: what is done
/// with it sees the latest state anyway, so nothing is lost and the size is bounded by the objects.
#[derive(Debug)]
pub(crate) struct Work<K> {
    waiting: Mutex<Waiting<K>>,
    added: Notify,
}

#[derive(Debug)]
struct Waiting<K> {
    order: VecDeque<K>,
    keys: HashSet<K>,
}

impl<K: Clone + Eq + Hash> Work<K> {
    pub(crate) fn new() -> Self {
        let (order, keys) = (VecDeque::new(), HashSet::new());
        Self {
            waiting: Mutex::new(Waiting { order, keys }),
            added: Notify::new(),
        }
    }

    pub(crate) fn add(&self, key: K) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.keys.insert(key.clone()) {
            waiting.order.push_back(key);
            drop(waiting);
            self.added.notify_one();
        }
    }

    /// The key that waits longest.
    pub(crate) async fn next(&self) -> K {
        loop {
            if let Some(key) = self.take() {
                return key;
            }
            self.added.notified().await;
        }
    }

    fn take(&self) -> Option<K> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let key = waiting.order.pop_front()?;
        waiting.keys.remove(&key);
        if !waiting.order.is_empty() {
            // Of two that were added while nobody listened, one notification is left.
            self.added.notify_one();
        }
        Some(key)
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
        work.add(3);
        assert_eq!(work.next().await, 3);
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
