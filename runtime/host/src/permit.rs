//! CPU permits: how many components compute at one time, and for how long each has computed.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio_util::sync::PollSemaphore;

/// CPU time of one call, shared with the interruption that enforces its limit.
#[derive(Debug, Default)]
pub(crate) struct CpuTime {
    /// Microseconds of the bursts that are over.
    spent: AtomicU64,
    /// Start of the running burst in microseconds after `Meter::origin`, plus one; 0: none.
    burst: AtomicU64,
}

/// Reads and resets a [`CpuTime`].
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    time: Arc<CpuTime>,
    origin: Instant,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            time: Arc::default(),
            origin: Instant::now(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(crate) fn reset(&self) {
        self.time.spent.store(0, Ordering::Relaxed);
        self.time.burst.store(0, Ordering::Relaxed);
    }

    /// Counts anew from within a burst.
    pub(crate) fn restart(&self) {
        self.time.spent.store(0, Ordering::Relaxed);
        self.begin();
    }

    /// CPU time since the last reset, the running burst included.
    pub(crate) fn spent(&self) -> Duration {
        let burst = self.time.burst.load(Ordering::Relaxed);
        let running = if burst == 0 {
            0
        } else {
            self.now() + 1 - burst
        };
        Duration::from_micros(self.time.spent.load(Ordering::Relaxed) + running)
    }

    fn begin(&self) {
        self.time.burst.store(self.now() + 1, Ordering::Relaxed);
    }

    fn end(&self) {
        let burst = self.time.burst.swap(0, Ordering::Relaxed);
        let ran = (self.now() + 1).saturating_sub(burst);
        self.time.spent.fetch_add(ran, Ordering::Relaxed);
    }
}

/// Runs a future under a CPU permit that it gives back whenever it waits, so that a few hung
/// servers do not keep the others from computing.
pub(crate) struct Permitted<F> {
    inner: Pin<Box<F>>,
    permits: PollSemaphore,
    meter: Meter,
}

impl<F: Future> Permitted<F> {
    pub(crate) fn new(inner: F, permits: Arc<Semaphore>, meter: Meter) -> Self {
        Self {
            inner: Box::pin(inner),
            permits: PollSemaphore::new(permits),
            meter,
        }
    }
}

impl<F: Future> Future for Permitted<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // As a rule there is one, and queueing for it would cost an allocation each time. The
        // semaphore is never closed; `None` would mean that it was, and then nothing limits.
        let permit = match self.permits.clone_inner().try_acquire_owned() {
            Ok(permit) => Some(permit),
            Err(_) => ready!(self.permits.poll_acquire(cx)),
        };
        self.meter.begin();
        let result = self.inner.as_mut().poll(cx);
        self.meter.end();
        drop(permit);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_waiting_future_holds_no_permit() {
        let permits = Arc::new(Semaphore::new(1));
        let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
        let waiting = Permitted::new(receiver, permits.clone(), Meter::new());
        let releasing = Permitted::new(
            async move { sender.send(()).is_ok() },
            permits.clone(),
            Meter::new(),
        );
        let (received, sent) = tokio::join!(waiting, releasing);
        assert!(received.is_ok() && sent);
        assert_eq!(permits.available_permits(), 1);
    }

    #[tokio::test]
    async fn only_computing_counts_as_cpu_time() {
        let meter = Meter::new();
        let busy = async {
            let until = Instant::now() + Duration::from_millis(20);
            while Instant::now() < until {}
            std::future::pending::<()>().await;
        };
        let busy = Permitted::new(busy, Arc::new(Semaphore::new(1)), meter.clone());
        let outcome = tokio::time::timeout(Duration::from_millis(200), busy).await;
        assert!(outcome.is_err());
        let spent = meter.spent();
        assert!(spent >= Duration::from_millis(20), "{spent:?}");
        assert!(spent < Duration::from_millis(150), "{spent:?}");
    }
}
