//! What is counted, for whoever shows it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the latency's buckets, in seconds.
pub const LATENCY_BOUNDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Counts while the server runs.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: Mutex<BTreeMap<u16, u64>>,
    latency: Mutex<Latency>,
    pub(crate) unauthenticated: AtomicU64,
    pub(crate) forbidden: AtomicU64,
    pub(crate) authentication_errors: AtomicU64,
    pub(crate) authorization_errors: AtomicU64,
    pub(crate) failed_reads: AtomicU64,
    pub(crate) timed_out: AtomicU64,
    pub(crate) refused_requests: AtomicU64,
    pub(crate) failed_handshakes: AtomicU64,
    pub(crate) connections: AtomicU64,
    pub(crate) certificate_changes: AtomicU64,
}

/// What was counted since the start.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counted {
    /// Requests by HTTP code.
    pub requests: BTreeMap<u16, u64>,
    /// How long answers took.
    pub latency: Latency,
    /// Requests of nobody known.
    pub unauthenticated: u64,
    /// Requests of somebody who must not.
    pub forbidden: u64,
    /// Requests that failed because the API server did not say who asks.
    pub authentication_errors: u64,
    /// Requests that failed because the API server did not say who may.
    pub authorization_errors: u64,
    /// Metrics whose value was not known.
    pub failed_reads: u64,
    /// Requests that took too long.
    pub timed_out: u64,
    /// Requests refused because too many were being answered.
    pub refused_requests: u64,
    /// Connections whose handshake failed.
    pub failed_handshakes: u64,
    /// Connections that are open now.
    pub connections: u64,
    /// Times that the serving certificate was exchanged.
    pub certificate_changes: u64,
}

/// A histogram.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Latency {
    /// Answers within each of [`LATENCY_BOUNDS`] but not the one before, and last those that took
    /// longer.
    pub buckets: [u64; LATENCY_BOUNDS.len() + 1],
    /// All of them together, in seconds.
    pub sum: f64,
}

impl Counters {
    pub(crate) fn answered(&self, code: u16, took: Duration) {
        *lock(&self.requests).entry(code).or_default() += 1;
        let seconds = took.as_secs_f64();
        let bucket = LATENCY_BOUNDS.iter().position(|bound| seconds <= *bound);
        let mut latency = lock(&self.latency);
        latency.buckets[bucket.unwrap_or(LATENCY_BOUNDS.len())] += 1;
        latency.sum += seconds;
    }

    pub(crate) fn counted(&self) -> Counted {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counted {
            requests: lock(&self.requests).clone(),
            latency: lock(&self.latency).clone(),
            unauthenticated: read(&self.unauthenticated),
            forbidden: read(&self.forbidden),
            authentication_errors: read(&self.authentication_errors),
            authorization_errors: read(&self.authorization_errors),
            failed_reads: read(&self.failed_reads),
            timed_out: read(&self.timed_out),
            refused_requests: read(&self.refused_requests),
            failed_handshakes: read(&self.failed_handshakes),
            connections: read(&self.connections),
            certificate_changes: read(&self.certificate_changes),
        }
    }
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Numbers are never half changed, so poison says nothing.
fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
