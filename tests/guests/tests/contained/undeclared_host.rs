use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, trigger};
use tokio::net::TcpListener;

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    for elsewhere in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
        let more = [("elsewhere", elsewhere.as_str()), ("address", "127.0.0.1:1")];
        let escaping = sandbox.poll_failure(trigger("undeclared_host", "poll", &more));
        let failure = neighbours.unharmed_by(escaping).await;
        assert_eq!(failure.reason, UnknownReason::Crashed, "{failure}");
        assert!(failure.message.contains("kept in"), "{failure}");
    }
    // Nothing arrived at the server.
    let nobody = std::future::poll_fn(|cx| std::task::Poll::Ready(server.poll_accept(cx).is_pending()));
    assert!(nobody.await);
}
