use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    for address in ["169.254.169.254:80", "[::ffff:169.254.169.254]:80"] {
        let address = [("address", address)];
        let escaping = sandbox.poll_failure(trigger("link_local_address", "poll", &address));
        let failure = neighbours.unharmed_by(escaping).await;
        assert_eq!(failure.reason, UnknownReason::Crashed, "{failure}");
        assert!(!failure.message.contains("got out"), "{failure}");
    }
}
