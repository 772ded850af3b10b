use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    for stage in ["open", "poll"] {
        let looping = sandbox.poll_failure(trigger("endless_loop", stage, &[]));
        let failure = neighbours.unharmed_by(looping).await;
        assert_eq!(failure.reason, UnknownReason::LimitExceeded, "{failure}");
        let expected = format!("the component computed for longer than 500ms in {stage}");
        assert_eq!(failure.message, expected);
    }
    let in_check = trigger("endless_loop", "check", &[]);
    let failure = neighbours.unharmed_by(sandbox.check_failure(&in_check)).await;
    assert_eq!(failure.reason, UnknownReason::LimitExceeded, "{failure}");
}
