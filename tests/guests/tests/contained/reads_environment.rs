use tests_guests::{Neighbours, Sandbox, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let reading = sandbox.poll_failure(trigger("reads_environment", "poll", &[]));
    let failure = neighbours.unharmed_by(reading).await;
    assert!(
        failure.message.ends_with("saw 0 variables and 0 arguments"),
        "{failure}"
    );
}
