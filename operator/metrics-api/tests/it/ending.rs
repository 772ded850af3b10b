//! Connections: how they end, and how many there may be.

use std::sync::Arc;
use std::time::Duration;

use operator_metrics_api::{Drained, Holds, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;

use crate::caller::{Caller, tls};
use crate::world::{BASE, HPA, METRIC, World, until};

#[tokio::test]
async fn what_is_being_answered_is_finished_before_the_end() {
    for protocol in ["http/1.1", "h2"] {
        let mut world = World::new().await;
        let gate = Arc::new(Semaphore::new(0));
        *world.values.gate.lock().unwrap() = Some(gate.clone());
        let proxy = Some(&world.proxy);
        let caller = Caller::connect(world.address, &world.serving.pem, proxy, protocol);
        let mut caller = caller.await.unwrap();
        let asking = tokio::spawn(async move { caller.get(METRIC, HPA).await });
        until(async || world.reviews() == 1).await;
        let _idle = world.proxied().await;
        world.cancel.cancel();
        let address = world.address;
        until(async || tokio::net::TcpStream::connect(address).await.is_err()).await;
        gate.add_permits(1);
        assert_eq!(asking.await.unwrap().code, 200, "{protocol}");
        let drained = world.server.take().unwrap().await.unwrap();
        assert_eq!(drained, Drained { cut_off: 0 }, "{protocol}");
    }
}

#[tokio::test]
async fn what_does_not_finish_in_time_is_cut_off_and_counted() {
    let limits = Limits {
        drain: Duration::from_millis(50),
        ..Limits::default()
    };
    let mut world = World::with(limits, Holds::default()).await;
    *world.values.gate.lock().unwrap() = Some(Arc::new(Semaphore::new(0)));
    let mut caller = world.caller(Some(&world.proxy.clone())).await;
    let asking = tokio::spawn(async move { caller.send("GET", METRIC, HPA).await });
    until(async || world.reviews() == 1).await;
    world.cancel.cancel();
    let drained = world.server.take().unwrap().await.unwrap();
    assert_eq!(drained, Drained { cut_off: 1 });
    assert!(asking.await.unwrap().is_err());
}

#[tokio::test]
async fn a_certificate_is_exchanged_without_an_end_to_connections() {
    let world = World::new().await;
    let mut old = world.proxied().await;
    assert_eq!(old.get(METRIC, HPA).await.code, 200);
    let pair = world.serving.server("localhost");
    world.certificate.replace(&pair.chain, &pair.key).unwrap();
    let new = world.proxied().await;
    assert_eq!(new.shown, pair.der().0[0]);
    assert_ne!(old.shown, new.shown);
    assert_eq!(old.get(METRIC, HPA).await.code, 200);
    let other = world.serving.server("localhost");
    let error = world
        .certificate
        .replace(&pair.chain, &other.key)
        .unwrap_err();
    assert_eq!(error.reason(), "CertificateInvalid");
    assert_eq!(world.proxied().await.shown, new.shown);
    assert_eq!(world.api.counted().certificate_changes, 1);
}

#[tokio::test]
async fn strangers_that_only_wait_are_sent_away() {
    let limits = Limits {
        handshake: Duration::from_millis(50),
        head: Duration::from_millis(50),
        ..Limits::default()
    };
    let world = World::with(limits, Holds::default()).await;
    // One that does not even start TLS.
    let mut silent = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let mut rest = Vec::new();
    let _ = silent.read_to_end(&mut rest).await;
    assert_eq!(world.api.counted().failed_handshakes, 1);
    // One that starts a request and does not go on.
    for protocol in ["http/1.1", "h2"] {
        let mut slow = tls(world.address, &world.serving.pem, None, protocol)
            .await
            .unwrap();
        slow.write_all(b"GET /healthz HTTP/1.1\r\n").await.unwrap();
        let ended = slow.read_to_end(&mut rest);
        let ended = tokio::time::timeout(Duration::from_secs(20), ended).await;
        assert!(ended.is_ok(), "half a request keeps the connection open");
    }
    // Somebody known may stay.
    let mut caller = world.proxied().await;
    assert_eq!(caller.get(METRIC, HPA).await.code, 200);
    // sleep: longer than strangers may stay
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(caller.get(METRIC, HPA).await.code, 200);
}

#[tokio::test]
async fn more_connections_than_there_may_be_wait_for_their_turn() {
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let world = World::with(limits, Holds::default()).await;
    let first = world.proxied().await;
    let (address, authority) = (world.address, world.serving.pem.clone());
    let mut second =
        tokio::spawn(async move { Caller::connect(address, &authority, None, "h2").await });
    let waited = tokio::time::timeout(Duration::from_millis(100), &mut second).await;
    assert!(waited.is_err(), "a second connection was served");
    drop(first);
    assert_eq!(
        second.await.unwrap().unwrap().get("/livez", &[]).await.code,
        200
    );
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let world = World::new().await;
    let long = "x".repeat(100 * 1024);
    let headers = [("x-long", long.as_str())];
    let mut caller = world.caller(None).await;
    if let Ok(reply) = caller.send("GET", BASE, &headers).await {
        assert_eq!(reply.code, 431);
    }
    let reply = world.proxied().await.send("GET", BASE, &headers).await;
    assert!(reply.is_err() || reply.unwrap().code == 431);
    assert_eq!(world.proxied().await.get(BASE, HPA).await.code, 200);
}
