use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, trigger};
use tokio::net::TcpListener;

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    // The kernel accepts for a listener that never does.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let hung = sandbox.poll_failure(trigger("hung_server", "poll", &[("address", &address)]));
    let failure = neighbours.unharmed_by(hung).await;
    assert_eq!(failure.reason, UnknownReason::TimedOut, "{failure}");
    assert_eq!(failure.message, "no answer within 2s (poll was cut off)");

    // More of them than there are CPU permits: waiting holds none.
    let many = (0..20).map(|_| {
        let mut trigger = sandbox.open(trigger("hung_server", "poll", &[("address", &address)]));
        async move { trigger.poll().await }
    });
    let many: Vec<_> = many.map(tokio::spawn).collect();
    let outcomes = neighbours
        .unharmed_by(async {
            let mut outcomes = Vec::new();
            for hung in many {
                outcomes.push(hung.await.unwrap());
            }
            outcomes
        })
        .await;
    for outcome in outcomes {
        assert_eq!(tests_guests::failure(outcome).reason, UnknownReason::TimedOut);
    }
}
