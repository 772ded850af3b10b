use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let asleep = sandbox.poll_failure(trigger("sleeps_for_ever", "poll", &[]));
    let failure = neighbours.unharmed_by(asleep).await;
    assert_eq!(failure.reason, UnknownReason::TimedOut, "{failure}");
}
