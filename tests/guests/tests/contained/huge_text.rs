use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, trigger};

pub(super) async fn is_contained() {
    // What it may have of memory is less than what it wants to say.
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let hundred = trigger("huge_text", "poll", &[("elsewhere", "100")]);
    let failure = neighbours.unharmed_by(sandbox.poll_failure(hundred.clone())).await;
    assert_eq!(failure.reason, UnknownReason::LimitExceeded, "{failure}");
    assert!(failure.message.contains("33554432 are allowed"), "{failure}");

    // It gets 100 MB out, and nobody is shown them.
    let roomy = Sandbox::roomy();
    let mut neighbours = Neighbours::new(&roomy).await;
    let failure = neighbours.unharmed_by(roomy.poll_failure(hundred)).await;
    assert_eq!(failure.reason, UnknownReason::Other, "{failure}");
    assert!(failure.message.starts_with("xxx"), "{failure}");
    assert!(failure.message.len() < 2048, "{}", failure.message.len());
}
