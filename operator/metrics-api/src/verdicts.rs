//! Answers of the API server that hold for a while.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::future::Cache;

/// Names a question: a hash, so that neither tokens nor long groups are kept.
pub(crate) type Key = [u8; 32];

/// Remembers verdicts, each for its own time. The same question asked twice at a time is asked
/// once; a question that has no answer is asked again.
pub(crate) struct Verdicts<V> {
    known: Cache<Key, Verdict<V>>,
}

#[derive(Clone)]
struct Verdict<V> {
    value: V,
    holds: Duration,
}

/// A verdict's own time.
struct OwnTime;

impl<V> Expiry<Key, Verdict<V>> for OwnTime {
    fn expire_after_create(&self, _: &Key, verdict: &Verdict<V>, _: Instant) -> Option<Duration> {
        Some(verdict.holds)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        verdict: &Verdict<V>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(verdict.holds)
    }
}

impl<V: Clone + Send + Sync + 'static> Verdicts<V> {
    /// At most `capacity` verdicts.
    pub(crate) fn new(capacity: u64) -> Self {
        let known = Cache::builder().max_capacity(capacity);
        Self {
            known: known.expire_after(OwnTime).build(),
        }
    }

    /// The verdict that is known, or that `ask` gives together with the time it holds.
    pub(crate) async fn get<E: Send + Sync + 'static>(
        &self,
        key: Key,
        ask: impl Future<Output = Result<(V, Duration), E>>,
    ) -> Result<V, Arc<E>> {
        let ask = async {
            let (value, holds) = ask.await?;
            Ok(Verdict { value, holds })
        };
        let verdict = self.known.try_get_with(key, ask).await?;
        Ok(verdict.value)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    #[tokio::test]
    async fn a_verdict_is_asked_for_once_by_many() {
        let verdicts = Verdicts::<u32>::new(10);
        let asked = AtomicU32::new(0);
        let ask = || async {
            tokio::task::yield_now().await;
            Ok::<_, ()>((asked.fetch_add(1, Ordering::SeqCst), LONG))
        };
        let all = (0..50).map(|_| verdicts.get([1; 32], ask()));
        let all = futures::future::join_all(all).await;
        assert!(all.iter().all(|v| v == &Ok(0)));
        assert_eq!(verdicts.get([2; 32], ask()).await, Ok(1));
    }

    #[tokio::test]
    async fn a_failure_is_not_remembered() {
        let verdicts = Verdicts::<u32>::new(10);
        let failed = verdicts.get([1; 32], async { Err("down") }).await;
        assert_eq!(failed, Err(Arc::new("down")));
        let asked = verdicts
            .get([1; 32], async { Ok::<_, ()>((7, LONG)) })
            .await;
        assert_eq!(asked, Ok(7));
    }

    #[tokio::test]
    async fn a_verdict_holds_for_its_own_time() {
        let verdicts = Verdicts::<u32>::new(10);
        let ask = |value, holds| async move { Ok::<_, ()>((value, holds)) };
        verdicts
            .get([1; 32], ask(1, Duration::from_millis(20)))
            .await
            .unwrap();
        verdicts.get([2; 32], ask(1, LONG)).await.unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while verdicts.get([1; 32], ask(2, LONG)).await == Ok(1) {
            assert!(Instant::now() < deadline, "the verdict outlives its time");
            tokio::task::yield_now().await;
        }
        assert_eq!(verdicts.get([2; 32], ask(2, LONG)).await, Ok(1));
        assert_eq!(verdicts.get([1; 32], ask(3, LONG)).await, Ok(2));
    }

    #[tokio::test]
    async fn verdicts_do_not_pile_up() {
        let verdicts = Verdicts::<u32>::new(100);
        for n in 0_u32..10_000 {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&n.to_le_bytes());
            verdicts
                .get(key, async { Ok::<_, ()>((n, LONG)) })
                .await
                .unwrap();
        }
        verdicts.known.run_pending_tasks().await;
        assert!(verdicts.known.entry_count() <= 100);
    }
}
