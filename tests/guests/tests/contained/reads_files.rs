use tests_guests::{Neighbours, Sandbox, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let reading = sandbox.poll_failure(trigger("reads_files", "poll", &[]));
    let failure = neighbours.unharmed_by(reading).await;
    assert!(failure.message.ends_with("saw no file"), "{failure}");
}
