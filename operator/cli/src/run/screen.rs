use std::sync::Arc;

use operator_standalone::processes::OutputSink;
use tokio::sync::mpsc;

/// Lines of replicas that wait to be shown. A terminal that is slower than they are loses some;
/// how many is told.
const WAITING: usize = 1000;

/// Lines that replicas print while the table owns the terminal.
pub(super) struct Output {
    sender: mpsc::Sender<String>,
    pub(super) lines: mpsc::Receiver<String>,
    lost: Arc<std::sync::atomic::AtomicU64>,
}

impl Output {
    pub(super) fn new() -> Self {
        let (sender, lines) = mpsc::channel(WAITING);
        Self {
            sender,
            lines,
            lost: Arc::default(),
        }
    }

    /// Where the replicas' lines go. Never blocks.
    pub(super) fn sink(&self) -> OutputSink {
        let (sender, lost) = (self.sender.clone(), self.lost.clone());
        Arc::new(move |line| {
            if sender.try_send(line.to_string()).is_err() {
                lost.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        })
    }

    /// Lines lost since this was last asked.
    pub(super) fn take_lost(&self) -> u64 {
        self.lost.swap(0, std::sync::atomic::Ordering::Relaxed)
    }
}
