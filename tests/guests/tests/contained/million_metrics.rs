use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, trigger};

pub(super) async fn is_contained() {
    let million = trigger("million_metrics", "poll", &[("elsewhere", "1000000")]);
    // There is no room for them.
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let failure = neighbours.unharmed_by(sandbox.poll_failure(million.clone())).await;
    assert_eq!(failure.reason, UnknownReason::LimitExceeded, "{failure}");
    assert!(failure.message.contains("33554432 are allowed"), "{failure}");

    // There is room, and they are counted.
    let roomy = Sandbox::roomy();
    let mut neighbours = Neighbours::new(&roomy).await;
    let failure = neighbours.unharmed_by(roomy.poll_failure(million)).await;
    assert_eq!(failure.reason, UnknownReason::LimitExceeded, "{failure}");
    let told = "the component reports 1000000 metrics, 1000 are allowed";
    assert_eq!(failure.message, told);
}
