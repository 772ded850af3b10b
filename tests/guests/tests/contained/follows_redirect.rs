use runtime_types::UnknownReason;
use tests_guests::{Neighbours, Sandbox, redirecting_server, trigger};
use tokio::net::TcpListener;

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = elsewhere.local_addr().unwrap().port();
    for to in ["127.0.0.1", "localhost", "169.254.169.254"] {
        let to = format!("http://{to}:{port}/");
        let server = redirecting_server(&to).await.to_string();
        let following = [("address", server.as_str())];
        let led_away = sandbox.poll_failure(trigger("follows_redirect", "poll", &following));
        let failure = neighbours.unharmed_by(led_away).await;
        assert_eq!(failure.reason, UnknownReason::Crashed, "{failure}");
        assert!(failure.message.contains("kept in"), "{failure}");
        assert!(failure.message.contains("Denied"), "{failure}");
        // It had set out: this is not about the first server.
        assert!(failure.message.contains(&format!(":{port}")), "{failure}");
    }
    // Nothing arrived there.
    let nobody = std::future::poll_fn(|cx| {
        std::task::Poll::Ready(elsewhere.poll_accept(cx).is_pending())
    });
    assert!(nobody.await);
}
