//! What stands in for the host when a scaler runs as an ordinary program, and how a test sets it.
//! Everything here belongs to the current thread. Not part of components.

pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod kube;
pub(crate) mod kv;

use std::cell::{Cell, RefCell};
use std::time::{Duration, SystemTime};

use crate::bindings::penstock::scaler::types::{Handle, Outcome};
use crate::log::Level;

pub use kube::Cluster;

/// One line that a scaler logged.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// How grave it is.
    pub level: Level,
    /// Constant text.
    pub message: &'static str,
    /// Its data.
    pub fields: Vec<(String, String)>,
}

/// As many lines as a host takes from one call.
const MOST_LINES: usize = 64;

thread_local! {
    static REPORTS: RefCell<Vec<(Handle, Outcome)>> = const { RefCell::new(Vec::new()) };
    static CLOCK: Cell<Option<SystemTime>> = const { Cell::new(None) };
    static LONGEST_WAIT: Cell<Option<Duration>> = const { Cell::new(None) };
    static LINES: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
}

/// Stops the clock at an instant, or lets it run again.
pub fn fix_clock(now: Option<SystemTime>) {
    CLOCK.set(now);
}

/// Makes network time-outs no longer than this, so that a test of a silent server is quick.
pub fn limit_waits(longest: Option<Duration>) {
    LONGEST_WAIT.set(longest);
}

/// Sets what answers [`kube`](crate::kube); `None`: there is no cluster.
pub fn play_cluster(cluster: Option<std::rc::Rc<dyn Cluster>>) {
    kube::set(cluster);
}

/// Forgets what scalers stored in [`kv`](crate::kv).
pub fn clear_kv() {
    kv::clear();
}

/// The lines logged since the last call.
pub fn take_log() -> Vec<Line> {
    LINES.take()
}

pub(crate) fn keep_report(handle: Handle, outcome: Outcome) {
    REPORTS.with_borrow_mut(|reports| reports.push((handle, outcome)));
}

/// Asks for all of these at once, as a host does that lets them share. In their order; `None` for those
/// without an outcome.
pub fn poll_together(all: &mut [Box<dyn crate::Open>]) -> Vec<Option<Outcome>> {
    REPORTS.take();
    let each = (0..).zip(all.iter_mut().map(AsMut::as_mut)).collect();
    crate::export::poll_by_type(each);
    let mut reports: std::collections::BTreeMap<_, _> = REPORTS.take().into_iter().rev().collect();
    (0..)
        .zip(all)
        .map(|(handle, _)| reports.remove(&handle))
        .collect()
}

pub(crate) fn fixed_clock() -> Option<SystemTime> {
    CLOCK.get()
}

pub(crate) fn longest_wait() -> Option<Duration> {
    LONGEST_WAIT.get()
}

pub(crate) fn keep_line(level: Level, message: &'static str, fields: Vec<(String, String)>) {
    LINES.with_borrow_mut(|lines| {
        if lines.len() < MOST_LINES {
            lines.push(Line {
                level,
                message,
                fields,
            });
        }
    });
}
