use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    for stage in ["open", "poll"] {
        let deep = sandbox.poll_failure(trigger("stack_overflow", stage, &[]));
        let failure = neighbours.unharmed_by(deep).await;
        assert_eq!(failure.reason, UnknownReason::Crashed, "{failure}");
        // The component's own stack ends before the sandbox's: one of the two is named.
        let told = ["its stack overflowed", "out of bounds memory access"];
        assert!(told.iter().any(|t| failure.message.contains(t)), "{failure}");
    }
}
