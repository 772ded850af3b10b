//! What the answers look like, byte for byte where clients read them.

use std::sync::Arc;
use std::time::Duration;

use operator_metrics_api::{Holds, Limits, ReadError};
use tokio::sync::Semaphore;

use crate::caller::Caller;
use crate::world::{BASE, HPA, METRIC, World, until};

const VALUE: &str = r#"{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":[{"metricName":"s0-redis-list","metricLabels":null,"timestamp":"2026-09-21T14:13:20Z","value":"1.500"}]}"#;

#[tokio::test]
async fn a_metric_is_answered_byte_for_byte_over_both_versions_of_http() {
    let world = World::new().await;
    let proxy = Some(&world.proxy);
    for protocol in ["http/1.1", "h2"] {
        let caller = Caller::connect(world.address, &world.serving.pem, proxy, protocol);
        let mut caller = caller.await.unwrap();
        for _ in 0..2 {
            let reply = caller.get(METRIC, HPA).await;
            assert_eq!(reply.code, 200, "{}", reply.body);
            assert_eq!(reply.body, format!("{VALUE}\n"));
            assert_eq!(reply.headers["content-type"], "application/json");
        }
    }
    assert_eq!(world.api.counted().requests[&200], 4);
}

#[tokio::test]
async fn selectors_that_name_no_object_are_answered_with_kedas_texts() {
    let world = World::new().await;
    let mut caller = world.proxied().await;
    let path = format!("{BASE}/namespaces/shop/s0-redis-list");
    for (query, code, message) in [
        ("", 500, "scaledObject name is not specified"),
        (
            "?labelSelector=app%3Dx",
            500,
            "scaledObject name is not specified",
        ),
        (
            "?labelSelector=app%20in%20%28x%29",
            500,
            "invalid selector: [app in (x)]",
        ),
        (
            "?labelSelector=app%21%3Dx",
            500,
            "invalid selector: [app!=x]",
        ),
    ] {
        let reply = caller.get(&format!("{path}{query}"), HPA).await;
        let wanted = format!(
            "{{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{{}},\"status\":\"Failure\",\"message\":\"{message}\",\"code\":{code}}}\n"
        );
        assert_eq!((reply.code, reply.body), (code, wanted), "{query}");
    }
    let reply = caller
        .get(&format!("{path}?labelSelector=a%3D%3D%3D"), HPA)
        .await;
    assert_eq!(reply.code, 400);
    let equal = "?labelSelector=scaledobject.keda.sh/name==worker,app=x";
    assert_eq!(caller.get(&format!("{path}{equal}"), HPA).await.code, 200);
}

#[tokio::test]
async fn a_value_that_is_not_known_is_an_error_that_says_why() {
    let world = World::new().await;
    let key = ("shop/worker".to_string(), "s0-redis-list".to_string());
    let unknown = ReadError::Unknown {
        metric: "s0-redis-list".into(),
        text: "connection refused".into(),
    };
    world.values.known.lock().unwrap().insert(key, Err(unknown));
    let reply = world.proxied().await.get(METRIC, HPA).await;
    let wanted = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"error when getting metric values metric:s0-redis-list encountered error: connection refused\",\"code\":500}\n";
    assert_eq!((reply.code, reply.body.as_str()), (500, wanted));
    assert_eq!(world.api.counted().failed_reads, 1);

    let other = METRIC.replace("s0-redis-list", "s1-other");
    let reply = world.proxied().await.get(&other, HPA).await;
    assert_eq!(reply.code, 500);
    assert!(
        reply
            .body
            .contains("no matching metrics found for s1-other")
    );
}

#[tokio::test]
async fn discovery_names_one_group_with_one_resource() {
    let world = World::new().await;
    let mut caller = world.proxied().await;
    let version = r#"{"groupVersion":"external.metrics.k8s.io/v1beta1","version":"v1beta1"}"#;
    let group = format!(
        r#""name":"external.metrics.k8s.io","versions":[{version}],"preferredVersion":{version}}}"#
    );
    for (path, body) in [
        ("/apis", format!(r#"{{"kind":"APIGroupList","apiVersion":"v1","groups":[{{{group}]}}"#)),
        ("/apis/external.metrics.k8s.io", format!(r#"{{"kind":"APIGroup","apiVersion":"v1",{group}"#)),
        (BASE, r#"{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"external.metrics.k8s.io/v1beta1","resources":[{"name":"externalmetrics","singularName":"","namespaced":true,"kind":"ExternalMetricValueList","verbs":["get"]}]}"#.to_string()),
    ] {
        let reply = caller.get(path, HPA).await;
        assert_eq!((reply.code, reply.body), (200, format!("{body}\n")), "{path}");
    }
    let media = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let accept = format!("{media},application/json");
    let accept = [HPA, &[("accept", accept.as_str())]].concat();
    let reply = caller.get("/apis", &accept).await;
    assert_eq!(reply.headers["content-type"], media);
    let document: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(document["apiVersion"], "apidiscovery.k8s.io/v2");
    let resources = &document["items"][0]["versions"][0]["resources"];
    assert_eq!(resources[0]["resource"], "externalmetrics");
}

#[tokio::test]
async fn descriptions_are_not_sent_again_to_whoever_has_them() {
    let world = World::new().await;
    let mut caller = world.proxied().await;
    for path in [
        "/openapi/v2",
        "/openapi/v3",
        "/openapi/v3/apis/external.metrics.k8s.io/v1beta1",
    ] {
        let reply = caller.get(path, HPA).await;
        assert_eq!(reply.code, 200, "{path}");
        serde_json::from_str::<serde_json::Value>(&reply.body).unwrap();
        let tag = reply.headers["etag"].to_str().unwrap();
        let again = caller
            .get(path, &[HPA, &[("if-none-match", tag)]].concat())
            .await;
        assert_eq!((again.code, again.body.as_str()), (304, ""), "{path}");
    }
    let version = caller.get("/version", HPA).await;
    assert!(
        version
            .body
            .contains(concat!("v", env!("CARGO_PKG_VERSION")))
    );
}

#[tokio::test]
async fn what_is_not_there_or_not_possible_is_a_status() {
    let world = World::new().await;
    let mut caller = world.proxied().await;
    let not_found = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"the server could not find the requested resource\",\"reason\":\"NotFound\",\"details\":{},\"code\":404}\n";
    for path in ["/", "/api/v1/pods", "/apis/other", "/metrics"] {
        let reply = caller.get(path, HPA).await;
        assert_eq!(
            (reply.code, reply.body.as_str()),
            (404, not_found),
            "{path}"
        );
    }
    let not_allowed = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"the server does not allow this method on the requested resource\",\"reason\":\"MethodNotAllowed\",\"details\":{},\"code\":405}\n";
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let reply = caller.send(method, METRIC, HPA).await.unwrap();
        assert_eq!(
            (reply.code, reply.body.as_str()),
            (405, not_allowed),
            "{method}"
        );
    }
    let watch = caller.get(&format!("{METRIC}&watch=true"), HPA).await;
    assert_eq!(watch.code, 405);
    let protobuf = [HPA, &[("accept", "application/vnd.kubernetes.protobuf")]].concat();
    let reply = caller.get(METRIC, &protobuf).await;
    assert_eq!(reply.code, 406);
    let either = "application/vnd.kubernetes.protobuf, */*";
    let reply = caller
        .get(METRIC, &[HPA, &[("accept", either)]].concat())
        .await;
    assert_eq!((reply.code, reply.body), (200, format!("{VALUE}\n")));
    let yaml = caller
        .get(METRIC, &[HPA, &[("accept", "application/yaml")]].concat())
        .await;
    assert_eq!(yaml.headers["content-type"], "application/yaml");
    assert!(
        yaml.body.contains("metricName: s0-redis-list"),
        "{}",
        yaml.body
    );
    let pretty = caller.get(&format!("{METRIC}&pretty=true"), HPA).await;
    assert!(
        pretty
            .body
            .contains("\n      \"metricName\": \"s0-redis-list\""),
        "{}",
        pretty.body
    );
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let limits = Limits {
        request: Duration::from_millis(50),
        ..Limits::default()
    };
    let world = World::with(limits, Holds::default()).await;
    *world.values.gate.lock().unwrap() = Some(Arc::new(Semaphore::new(0)));
    let reply = world.proxied().await.get(METRIC, HPA).await;
    assert_eq!(reply.code, 504);
    assert!(reply.body.contains("\"reason\":\"Timeout\""));
    assert_eq!(world.api.counted().timed_out, 1);
}

#[tokio::test]
async fn more_than_can_be_answered_at_a_time_is_refused_but_probes_are_not() {
    let limits = Limits {
        requests: 1,
        ..Limits::default()
    };
    let world = World::with(limits, Holds::default()).await;
    let gate = Arc::new(Semaphore::new(0));
    *world.values.gate.lock().unwrap() = Some(gate.clone());
    let mut first = world.proxied().await;
    let first = tokio::spawn(async move { first.get(METRIC, HPA).await });
    let mut second = world.proxied().await;
    until(async || second.get(BASE, HPA).await.code == 429).await;
    assert_eq!(second.get("/livez", &[]).await.code, 200);
    gate.add_permits(1);
    assert_eq!(first.await.unwrap().code, 200);
    until(async || second.get(BASE, HPA).await.code == 200).await;
    assert!(world.api.counted().refused_requests > 0);
}

#[tokio::test]
async fn what_was_asked_is_counted() {
    let world = World::new().await;
    let mut caller = world.proxied().await;
    caller.get(METRIC, HPA).await;
    caller.get("/nothing", HPA).await;
    let counted = world.api.counted();
    assert_eq!((counted.requests[&200], counted.requests[&404]), (1, 1));
    assert_eq!(counted.latency.buckets.iter().sum::<u64>(), 2);
    assert!(counted.latency.sum > 0.0);
    assert_eq!(counted.connections, 1);
    drop(caller);
    until(async || world.api.counted().connections == 0).await;
}
