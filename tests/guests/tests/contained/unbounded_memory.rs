use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let growing = sandbox.poll_failure(trigger("unbounded_memory", "poll", &[]));
    let failure = neighbours.unharmed_by(growing).await;
    assert_eq!(failure.reason, UnknownReason::LimitExceeded, "{failure}");
    assert!(failure.message.contains("33554432 are allowed"), "{failure}");
}
