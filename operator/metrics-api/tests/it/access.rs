//! Who may ask.

use std::sync::atomic::Ordering;
use std::time::Duration;

use operator_metrics_api::{Holds, Limits};
use serde_json::json;
use tokio::io::AsyncReadExt;

use crate::caller::{Stolen, tls_with};
use crate::pki::Authority;
use crate::world::{BASE, HPA, METRIC, World, trust, until};

const UNAUTHORIZED: &str = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"Unauthorized\",\"reason\":\"Unauthorized\",\"code\":401}\n";

/// A user who would be let in without any review.
const FORGED: &[(&str, &str)] = &[
    ("x-remote-user", "admin"),
    ("x-remote-group", "system:masters"),
];

#[tokio::test]
async fn headers_are_worth_nothing_without_the_proxys_certificate() {
    let world = World::new().await;
    let other = Authority::new("proxies");
    let forged = [
        ("no certificate", None),
        (
            "another authority of the same name",
            Some(other.client("front-proxy-client", &[])),
        ),
        ("another name", Some(world.proxies.client("somebody", &[]))),
        (
            "an expired certificate",
            Some(world.proxies.expired("front-proxy-client")),
        ),
        (
            "a server's certificate",
            Some(world.proxies.server("front-proxy-client")),
        ),
    ];
    for (what, certificate) in &forged {
        let mut caller = world.caller(certificate.as_ref()).await;
        for path in [METRIC, BASE, "/apis", "/openapi/v2", "/version", "/nothing"] {
            let reply = caller.get(path, FORGED).await;
            assert_eq!(
                (reply.code, reply.body.as_str()),
                (401, UNAUTHORIZED),
                "{what}: {path}"
            );
        }
    }
    assert_eq!(world.reviews(), 0);
    let counted = world.api.counted();
    assert_eq!(counted.unauthenticated, counted.requests[&401]);
}

#[tokio::test]
async fn the_proxys_certificate_is_worth_nothing_without_its_key() {
    let world = World::new().await;
    let other = world.proxies.client("somebody", &[]);
    for (version, protocol) in [
        (&rustls::version::TLS13, "h2"),
        (&rustls::version::TLS12, "h2"),
    ] {
        let stolen = Stolen::new(&world.proxy, &other);
        let stream = tls_with(world.address, &world.serving.pem, stolen, version, protocol).await;
        // With TLS 1.3 the client hears of it when it reads.
        if let Ok(mut stream) = stream {
            let error = stream.read_u8().await.unwrap_err();
            assert!(error.to_string().contains("alert"), "{error}");
        }
    }
    until(async || world.api.counted().failed_handshakes == 2).await;
}

#[tokio::test]
async fn a_users_certificate_makes_nobody_else_of_its_holder() {
    let world = World::new().await;
    let jane = world.users.client("jane", &["admins"]);
    let reply = world.caller(Some(&jane)).await.get(METRIC, FORGED).await;
    assert_eq!(reply.code, 200);
    let reviews = world.cluster.reviews.lock().unwrap().clone();
    let wanted = json!({
        "user": "jane",
        "groups": ["admins", "system:authenticated"],
        "resourceAttributes": {
            "group": "external.metrics.k8s.io", "version": "v1beta1", "namespace": "shop",
            "resource": "s0-redis-list", "verb": "list",
        },
    });
    assert_eq!(reviews, [wanted]);
    let expired = world.users.expired("jane");
    assert_eq!(
        world
            .caller(Some(&expired))
            .await
            .get(METRIC, &[])
            .await
            .code,
        401
    );
}

#[tokio::test]
async fn the_proxys_word_names_user_groups_uid_and_extra_facts() {
    let world = World::new().await;
    let headers = [
        HPA,
        &[
            ("x-remote-uid", "42"),
            (
                "x-remote-extra-authentication.kubernetes.io%2Fpod-name",
                "kcm-0",
            ),
        ],
    ];
    let mut caller = world.proxied().await;
    assert_eq!(caller.get("/openapi/v2", &headers.concat()).await.code, 200);
    let reviews = world.cluster.reviews.lock().unwrap().clone();
    let wanted = json!({
        "user": "system:serviceaccount:kube-system:horizontal-pod-autoscaler",
        "uid": "42",
        "groups": ["system:serviceaccounts", "system:authenticated"],
        "extra": {"authentication.kubernetes.io/pod-name": ["kcm-0"]},
        "nonResourceAttributes": {"path": "/openapi/v2", "verb": "get"},
    });
    assert_eq!(reviews, [wanted]);
}

#[tokio::test]
async fn probes_need_no_credentials() {
    let world = World::new().await;
    let mut caller = world.caller(None).await;
    for path in ["/healthz", "/livez", "/readyz"] {
        let reply = caller.get(path, &[]).await;
        assert_eq!((reply.code, reply.body.as_str()), (200, "ok"), "{path}");
    }
    *world.ready.lock().unwrap() = Err("no object is known yet".into());
    let reply = caller.get("/readyz", &[]).await;
    assert_eq!(reply.code, 500);
    assert!(reply.body.contains("no object is known yet"));
    assert_eq!(caller.get("/livez", &[]).await.code, 200);
    assert_eq!(world.reviews(), 0);
}

#[tokio::test]
async fn who_may_not_is_told_so() {
    let world = World::new().await;
    *world.cluster.allows.lock().unwrap() = Box::new(|_| false);
    let jane = world.users.client("jane", &[]);
    let mut caller = world.caller(Some(&jane)).await;
    let reply = caller.get(METRIC, &[]).await;
    let wanted = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"s0-redis-list.external.metrics.k8s.io is forbidden: User \\\"jane\\\" cannot list resource \\\"s0-redis-list\\\" in API group \\\"external.metrics.k8s.io\\\" in the namespace \\\"shop\\\"\",\"reason\":\"Forbidden\",\"details\":{\"group\":\"external.metrics.k8s.io\",\"kind\":\"s0-redis-list\"},\"code\":403}\n";
    assert_eq!((reply.code, reply.body.as_str()), (403, wanted));
    let reply = caller.get("/apis", &[]).await;
    assert_eq!(reply.code, 403);
    assert!(
        reply.body.contains("cannot get path \\\"/apis\\\""),
        "{}",
        reply.body
    );
    // Neither is told what exists.
    assert_eq!(caller.get("/nothing", &[]).await.code, 403);
    assert_eq!(world.api.counted().forbidden, 3);
}

#[tokio::test]
async fn many_who_ask_the_same_at_the_same_time_cost_one_review() {
    let world = World::new().await;
    let callers = (0..8).map(|_| async {
        let mut caller = world.proxied().await;
        for _ in 0..10 {
            assert_eq!(caller.get(METRIC, HPA).await.code, 200);
        }
    });
    futures::future::join_all(callers).await;
    assert_eq!(world.reviews(), 1);
    let other = METRIC.replace("s0-redis-list", "s1-b");
    world.proxied().await.get(&other, HPA).await;
    let namespace = METRIC.replace("/shop/", "/other/");
    world.proxied().await.get(&namespace, HPA).await;
    assert_eq!(world.reviews(), 3);
}

#[tokio::test]
async fn a_denial_is_forgotten_sooner_than_a_permission() {
    let holds = Holds {
        allowed: Duration::from_secs(60),
        denied: Duration::from_millis(50),
    };
    let world = World::with(Limits::default(), holds).await;
    let mut caller = world.proxied().await;
    *world.cluster.allows.lock().unwrap() = Box::new(|_| false);
    assert_eq!(caller.get(METRIC, HPA).await.code, 403);
    *world.cluster.allows.lock().unwrap() = Box::new(|_| true);
    until(async || caller.get(METRIC, HPA).await.code == 200).await;
    *world.cluster.allows.lock().unwrap() = Box::new(|_| false);
    for _ in 0..20 {
        assert_eq!(caller.get(METRIC, HPA).await.code, 200);
    }
    assert_eq!(world.reviews(), 2);
}

#[tokio::test]
async fn nobody_is_let_in_while_the_api_server_does_not_say() {
    let world = World::new().await;
    world.cluster.down.store(true, Ordering::SeqCst);
    let mut caller = world.proxied().await;
    for n in 1..3 {
        let reply = caller.get(METRIC, HPA).await;
        assert_eq!(reply.code, 503, "{}", reply.body);
        assert_eq!(world.reviews(), n, "a failure is not remembered");
    }
    assert_eq!(world.api.counted().authorization_errors, 2);
    let token = [("authorization", "Bearer secret-token")];
    let reply = world.caller(None).await.get(METRIC, &token).await;
    assert_eq!(reply.code, 503);
    assert!(!reply.body.contains("secret-token"));
    assert_eq!(world.api.counted().authentication_errors, 1);
    world.cluster.down.store(false, Ordering::SeqCst);
    assert_eq!(caller.get(METRIC, HPA).await.code, 200);
}

#[tokio::test]
async fn the_api_servers_own_checks_need_no_review() {
    let world = World::new().await;
    world.cluster.down.store(true, Ordering::SeqCst);
    let mut caller = world.proxied().await;
    let aggregator = [
        ("x-remote-user", "system:kube-aggregator"),
        ("x-remote-group", "system:masters"),
    ];
    assert_eq!(caller.get(BASE, &aggregator).await.code, 200);
    assert_eq!(world.reviews(), 0);
}

#[tokio::test]
async fn a_token_is_the_users_whom_the_cluster_names() {
    let world = World::new().await;
    let user = json!({"username": "robot", "uid": "7", "groups": ["system:serviceaccounts"]});
    world
        .cluster
        .tokens
        .lock()
        .unwrap()
        .insert("good".into(), user);
    let mut caller = world.caller(None).await;
    for _ in 0..5 {
        let reply = caller
            .get(METRIC, &[("authorization", "Bearer good")])
            .await;
        assert_eq!(reply.code, 200);
        let reply = caller.get(METRIC, &[("authorization", "Bearer bad")]).await;
        assert_eq!((reply.code, reply.body.as_str()), (401, UNAUTHORIZED));
    }
    assert_eq!(world.cluster.token_reviews.load(Ordering::SeqCst), 2);
    assert_eq!(world.cluster.reviews.lock().unwrap()[0]["user"], "robot");
    for nonsense in ["Basic Z29vZDo=", "Bearer", "Bearer ", "good"] {
        let reply = caller.get(METRIC, &[("authorization", nonsense)]).await;
        assert_eq!(reply.code, 401, "{nonsense}");
    }
}

#[tokio::test]
async fn a_new_authority_of_the_proxy_is_believed_without_a_restart() {
    let world = World::new().await;
    let new = Authority::new("new proxies");
    let certificate = new.client("front-proxy-client", &[]);
    *world.cluster.trust.lock().unwrap() = trust(&new.pem, &world.users.pem);
    let mut caller = world.caller(Some(&certificate)).await;
    until(async || caller.get(METRIC, HPA).await.code == 200).await;
    // The old one is not any longer, on connections that are open too.
    assert_eq!(world.proxied().await.get(METRIC, HPA).await.code, 401);
}

#[tokio::test]
async fn a_configmap_that_makes_no_sense_leaves_things_as_they_are() {
    let world = World::new().await;
    let mut nonsense = trust(&world.proxies.pem, &world.users.pem);
    nonsense.insert("requestheader-allowed-names".into(), "{".into());
    *world.cluster.trust.lock().unwrap() = nonsense;
    let stranger = Authority::new("stranger").client("x", &[]);
    assert_eq!(
        world
            .caller(Some(&stranger))
            .await
            .get(METRIC, &[])
            .await
            .code,
        401
    );
    assert_eq!(world.proxied().await.get(METRIC, HPA).await.code, 200);
}
