use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, trigger};
use tokio::net::TcpListener;

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap().to_string();
    let opening =
        sandbox.poll_failure(trigger("ten_thousand_sockets", "poll", &[("address", &address)]));
    let failure = neighbours.unharmed_by(opening).await;
    assert_eq!(failure.reason, UnknownReason::Crashed, "{failure}");
    assert!(failure.message.contains("64 connections, then"), "{failure}");
}
