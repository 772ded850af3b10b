use std::time::Duration;

use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, stream_server, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let server = stream_server(b"x", Duration::from_millis(100)).await.to_string();
    let dripped = sandbox.poll_failure(trigger("dripping_server", "poll", &[("address", &server)]));
    let failure = neighbours.unharmed_by(dripped).await;
    assert_eq!(failure.reason, UnknownReason::TimedOut, "{failure}");
}
