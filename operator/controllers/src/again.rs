//! Doing what waits in a queue, and again what failed.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::work::Work;

/// Longest wait before something that fails is tried again.
const LONGEST: Duration = Duration::from_secs(60);
/// The same while the API server is away: a call that reaches nobody costs little, and once it is back
/// nobody wants to wait a minute for it.
const LONGEST_AWAY: Duration = Duration::from_secs(5);

/// A failure that says whose it is.
pub(crate) trait Failed {
    /// Whether the API server could not be reached at all.
    fn is_away(&self) -> bool;
}

/// Does `job` for each key that comes, so many at a time; what fails is done again, later and later.
pub(crate) async fn work<K, F, E>(
    tracker: &TaskTracker,
    queue: &Arc<Work<K>>,
    places: usize,
    job: impl Fn(K) -> F,
) where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Failed + Send,
{
    let places = Arc::new(Semaphore::new(places));
    let failures = Arc::new(Failures::default());
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        let key = queue.next().await;
        let doing = job(key.clone());
        let (queue, failures) = (queue.clone(), failures.clone());
        tracker.spawn(async move {
            let taken = Taken(&queue, &key);
            let away = doing.await.err().map(|error| error.is_away());
            drop((place, taken));
            if let Some(pause) = failures.note(&key, away) {
                tokio::time::sleep(pause).await;
                failures.waited(&key);
                queue.add(key);
            }
        });
    }
}

/// Gives the key back, whatever becomes of what is done with it.
struct Taken<'a, K: Clone + Eq + Hash>(&'a Work<K>, &'a K);

impl<K: Clone + Eq + Hash> Drop for Taken<'_, K> {
    fn drop(&mut self) {
        self.0.done(self.1.clone());
    }
}

/// How often each key failed in a row.
struct Failures<K>(Mutex<HashMap<K, Failure>>);

#[derive(Default)]
struct Failure {
    count: u32,
    /// Somebody waits already to do it again.
    waiting: bool,
}

impl<K> Default for Failures<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash> Failures<K> {
    /// Notes how the key went: not at all, or because the API server is away, or for another reason. Gives
    /// the pause after which it is to be done again, to one at a time: objects that change while they fail
    /// would gather ever more who wait.
    fn note(&self, key: &K, away: Option<bool>) -> Option<Duration> {
        let mut failures = self.lock();
        let Some(away) = away else {
            if let Some(failure) = failures.get_mut(key) {
                failure.count = 0;
                if !failure.waiting {
                    failures.remove(key);
                }
            }
            return None;
        };
        let failure = failures.entry(key.clone()).or_default();
        failure.count = failure.count.saturating_add(1);
        let longest = if away { LONGEST_AWAY } else { LONGEST };
        let first = !std::mem::replace(&mut failure.waiting, true);
        first.then(|| back_off(failure.count).min(longest))
    }

    fn waited(&self, key: &K) {
        let mut failures = self.lock();
        if let Some(failure) = failures.get_mut(key) {
            failure.waiting = false;
            if failure.count == 0 {
                failures.remove(key);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, Failure>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn back_off(failures: u32) -> Duration {
    Duration::from_millis(50).saturating_mul(1 << failures.min(12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_those_who_wait_to_do_a_key_again_there_is_one() {
        let failures = Failures::default();
        assert_eq!(
            failures.note(&1, Some(false)),
            Some(Duration::from_millis(100))
        );
        assert_eq!(failures.note(&1, Some(false)), None);
        failures.waited(&1);
        assert_eq!(
            failures.note(&1, Some(false)),
            Some(Duration::from_millis(400))
        );
        assert_eq!(failures.note(&1, None), None);
        failures.waited(&1);
        assert!(failures.lock().is_empty());
    }

    #[test]
    fn the_pause_is_short_while_the_api_server_is_away() {
        let failures = Failures::default();
        let longest = |key, away| {
            let all = (0..20).filter_map(|_| {
                failures.waited(&key);
                failures.note(&key, Some(away))
            });
            all.max()
        };
        assert_eq!(longest(1, true), Some(LONGEST_AWAY));
        assert_eq!(longest(2, false), Some(LONGEST));
    }
}
