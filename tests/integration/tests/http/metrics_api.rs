use std::io::Write as _;

use runtime_types::{Number, Outcome, Trigger, UnknownReason};
use scaler_testkit::{Setting, Subject as _};
use tests_integration::ComponentSubject;
use tests_servers::{Certificates, Prometheus, Security};

use crate::server::{self, Server};
use crate::{Texts, assert_not_let_in, client, number, poll, unknown};

fn trigger(url: &str, more: &Texts<'_>, auth: &Texts<'_>) -> Trigger {
    let mut metadata = vec![("url", url), ("targetValue", "5")];
    metadata.extend(more);
    crate::trigger("metrics-api", &metadata, auth)
}

fn count(url: &str) -> Trigger {
    trigger(url, &[("valueLocation", "count")], &[])
}

#[test]
fn polls_share_the_connections_that_the_host_keeps() {
    let server = Server::start(|_, connection| server::ok(connection, r#"{"count": 7}"#));
    let trigger = count(&server.url("/"));
    let mut subject = ComponentSubject::new();
    subject.begin(&Setting::default());
    for _ in 0..3 {
        assert_eq!(number(subject.poll(&trigger)), Number::Whole(7));
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_redirection_to_a_place_that_is_not_granted_is_denied_and_not_asked() {
    let elsewhere = Server::start(|_, connection| server::ok(connection, r#"{"count": 7}"#));
    // The path says where to.
    let server = Server::start(|path, connection| {
        let to = path.trim_start_matches('/').replace("%3A", ":");
        write!(
            connection,
            "HTTP/1.1 302 Found\r\nlocation: http://{to}/\r\ncontent-length: 0\r\n\r\n"
        )
    });
    let there = elsewhere.url("");
    let there = there.trim_start_matches("http://");
    let outcome = poll(&count(&server.url(&format!("/{there}"))));
    let (reason, message) = unknown(outcome);
    assert_eq!(reason, UnknownReason::Denied, "{message}");
    assert!(message.contains(there), "{message}");
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn redirections_in_a_circle_end() {
    let server = Server::start(|_, connection| {
        write!(
            connection,
            "HTTP/1.1 301 Moved Permanently\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"
        )
    });
    let (reason, message) = unknown(poll(&count(&server.url("/"))));
    assert_eq!(reason, UnknownReason::Rejected, "{message}");
    assert!(message.contains("more than 10 times"), "{message}");
}

#[test]
fn a_body_that_goes_on_and_on_is_cut_off() {
    let server = Server::start(|_, connection| {
        write!(
            connection,
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        )?;
        let piece = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        loop {
            connection.write_all(piece.as_bytes())?;
        }
    });
    let slow = [("valueLocation", "count"), ("timeout", "60s")];
    let (reason, message) = unknown(poll(&trigger(&server.url("/"), &slow, &[])));
    assert_eq!(reason, UnknownReason::Malformed, "{message}");
    assert!(message.contains("more than 16777216 bytes"), "{message}");
}

#[test]
fn a_name_that_does_not_resolve_is_unreachable() {
    let (reason, message) = unknown(poll(&count("http://no-such-host.invalid/")));
    assert_eq!(reason, UnknownReason::Unreachable, "{message}");
    let text = "http://no-such-host.invalid/: the host's name is not known";
    assert_eq!(message, text);
}

const READY: &Texts<'_> = &[
    ("valueLocation", "prometheus_ready"),
    ("format", "prometheus"),
];

#[test]
fn a_page_of_prometheus_itself_is_read() {
    let Some(server) = Prometheus::start(&Security::default()) else {
        return;
    };
    let page = format!("{}/metrics", server.url());
    assert_eq!(number(poll(&trigger(&page, READY, &[]))), Number::Whole(1));
    let missing = [("valueLocation", "missing"), ("format", "prometheus")];
    let (reason, _) = unknown(poll(&trigger(&page, &missing, &[])));
    assert_eq!(reason, UnknownReason::NotFound);
}

#[test]
fn a_client_certificate_is_shown_where_the_server_asks_for_one() {
    let certificates = Certificates::new();
    let security = Security {
        tls: Some(&certificates),
        mutual: true,
        ..Security::default()
    };
    let Some(server) = Prometheus::start(&security) else {
        return;
    };
    let page = format!("{}/metrics", server.url());
    let with_tls: Vec<_> = READY
        .iter()
        .copied()
        .chain([("authModes", "tls")])
        .collect();
    let auth = client(&certificates);
    assert_eq!(
        number(poll(&trigger(&page, &with_tls, &auth))),
        Number::Whole(1)
    );
    assert_not_let_in(poll(&trigger(&page, READY, &auth[..1])));
    let half = poll(&trigger(&page, &with_tls, &auth[..2]));
    assert!(matches!(half, Outcome::Config(_)), "{half:?}");
}
