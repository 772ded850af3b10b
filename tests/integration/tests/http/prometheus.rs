use runtime_types::{Number, Trigger, UnknownReason};
use tests_integration::eventually;
use tests_servers::{Certificates, Prometheus, Security};

use crate::{Texts, assert_not_let_in, client, number, poll, unknown};

fn trigger(server: &Prometheus, query: &str, more: &Texts<'_>, auth: &Texts<'_>) -> Trigger {
    let url = server.url();
    let mut metadata = vec![
        ("serverAddress", url.as_str()),
        ("query", query),
        ("threshold", "5"),
    ];
    metadata.extend(more);
    crate::trigger("prometheus", &metadata, auth)
}

#[test]
fn queries_come_to_what_prometheus_says() {
    let Some(server) = Prometheus::start(&Security::default()) else {
        return;
    };
    let ask = |query: &str, more: &Texts<'_>| poll(&trigger(&server, query, more, &[]));
    let strict = [("ignoreNullValues", "false")];
    assert_eq!(number(ask("vector(12)", &[])), Number::Whole(12));
    assert_eq!(number(ask("vector(1) / 4", &[])), Number::Real(0.25));
    assert_eq!(number(ask("missing", &[])), Number::Whole(0));
    assert_eq!(number(ask("vector(0) / 0", &[])), Number::Whole(0));
    for (query, reason, text) in [
        ("missing", UnknownReason::NotFound, "no result"),
        ("vector(0) / 0", UnknownReason::NotFound, "NaN"),
        ("sum(", UnknownReason::Rejected, "HTTP 400: "),
        ("12", UnknownReason::Malformed, "query API"),
    ] {
        let (got, message) = unknown(ask(query, &strict));
        assert_eq!(got, reason, "{query}: {message}");
        assert!(message.contains(text), "{query}: {message}");
    }
    eventually("prometheus scraped itself", || {
        match number(ask("up{job=\"itself\"}", &[])) {
            Number::Whole(1) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    let several = eventually("there are several samples", || {
        let outcome = ask("prometheus_http_requests_total", &strict);
        let (reason, message) = unknown(outcome);
        match reason {
            UnknownReason::Rejected => Ok(message),
            _ => Err(message),
        }
    });
    assert!(several.contains("results instead of one"), "{several}");
}

#[test]
fn user_and_password_are_needed_where_the_server_asks_for_them() {
    let security = Security {
        basic: true,
        ..Security::default()
    };
    let Some(server) = Prometheus::start(&security) else {
        return;
    };
    let basic = [("authModes", "basic")];
    let ask = |more: &Texts<'_>, password: &str| {
        let auth = [("username", Prometheus::USER), ("password", password)];
        poll(&trigger(&server, "vector(12)", more, &auth))
    };
    assert_eq!(number(ask(&basic, Prometheus::PASSWORD)), Number::Whole(12));
    for (more, password) in [(&basic[..], "wr0ng"), (&[], Prometheus::PASSWORD)] {
        let (reason, message) = unknown(ask(more, password));
        assert_eq!(reason, UnknownReason::Unauthenticated, "{message}");
        assert!(!message.contains(password), "{message}");
    }
}

#[test]
fn the_servers_certificate_has_to_be_trusted() {
    let certificates = Certificates::new();
    let security = Security {
        basic: true,
        tls: Some(&certificates),
        mutual: false,
    };
    let Some(server) = Prometheus::start(&security) else {
        return;
    };
    let auth = [
        ("username", Prometheus::USER),
        ("password", Prometheus::PASSWORD),
        ("ca", &certificates.authority),
    ];
    let basic = ("authModes", "basic");
    let ask =
        |more: &Texts<'_>, auth: &Texts<'_>| poll(&trigger(&server, "vector(12)", more, auth));
    assert_eq!(number(ask(&[basic], &auth)), Number::Whole(12));
    let unsafe_ssl = [basic, ("unsafeSsl", "true")];
    assert_eq!(number(ask(&unsafe_ssl, &auth[..2])), Number::Whole(12));
    let (reason, message) = unknown(ask(&[basic], &auth[..2]));
    assert_eq!(reason, UnknownReason::TlsFailed, "{message}");
    assert!(message.contains("not trusted"), "{message}");
}

#[test]
fn a_client_certificate_goes_together_with_a_user() {
    let certificates = Certificates::new();
    let security = Security {
        basic: true,
        tls: Some(&certificates),
        mutual: true,
    };
    let Some(server) = Prometheus::start(&security) else {
        return;
    };
    let mut auth = client(&certificates).to_vec();
    auth.extend([
        ("username", Prometheus::USER),
        ("password", Prometheus::PASSWORD),
    ]);
    let both = [("authModes", "tls,basic")];
    let outcome = poll(&trigger(&server, "vector(12)", &both, &auth));
    assert_eq!(number(outcome), Number::Whole(12));
    let basic = [("authModes", "basic")];
    auth.retain(|(name, _)| !matches!(*name, "cert" | "key"));
    assert_not_let_in(poll(&trigger(&server, "vector(12)", &basic, &auth)));
}
