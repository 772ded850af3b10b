use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let many = sandbox.poll_failure(trigger("million_metrics", "poll", &[]));
    let failure = neighbours.unharmed_by(many).await;
    assert_eq!(failure.reason, UnknownReason::LimitExceeded, "{failure}");
}
