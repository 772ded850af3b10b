use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let verbose = sandbox.poll_failure(trigger("huge_text", "poll", &[]));
    let failure = neighbours.unharmed_by(verbose).await;
    // It may not even get it out; if it does, nobody is shown 20 MB.
    let reasons = [UnknownReason::LimitExceeded, UnknownReason::Other];
    assert!(reasons.contains(&failure.reason), "{failure}");
    assert!(failure.message.len() < 2048, "{}", failure.message.len());
}
