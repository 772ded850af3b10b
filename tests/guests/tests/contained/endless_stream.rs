use std::time::Duration;

use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, stream_server, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let server = stream_server(&[b'x'; 16 << 10], Duration::ZERO).await.to_string();
    let streamed = sandbox.poll_failure(trigger("endless_stream", "poll", &[("address", &server)]));
    let failure = neighbours.unharmed_by(streamed).await;
    // Memory, CPU time or patience: whichever ends first on this machine.
    let reasons = [UnknownReason::LimitExceeded, UnknownReason::TimedOut];
    assert!(reasons.contains(&failure.reason), "{failure}");
}
