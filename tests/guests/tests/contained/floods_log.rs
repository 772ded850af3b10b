use runtime_types::{Outcome, UnknownReason};
use tests_guests::{Neighbours, Sandbox, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let mut flooding = sandbox.open(trigger("floods_log", "poll", &[]));
    // What it writes is dropped; that it takes long to write it is its own affair.
    match neighbours.unharmed_by(flooding.poll()).await {
        Outcome::Reading(_) => {}
        Outcome::Unknown(unknown) => {
            assert_eq!(unknown.reason, UnknownReason::LimitExceeded, "{unknown}");
        }
        Outcome::Config(errors) => panic!("{errors:?}"),
    }
}
