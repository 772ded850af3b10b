//! The Redis component against a real server, over TLS made by the host.

use runtime_types::{Number, Outcome, Trigger, UnknownReason};
use scaler_testkit::{Setting, Subject};
use secrecy::SecretString;
use tests_integration::ComponentSubject;
use tests_servers::{Certificates, Redis};

fn trigger(address: String, metadata: &[(&str, &str)], auth: &[(&str, &str)]) -> Trigger {
    let text = |(k, v): &(&str, &str)| ((*k).to_string(), (*v).to_string());
    let mut trigger = Trigger {
        trigger_type: "redis".into(),
        metadata: metadata.iter().map(text).collect(),
        auth_params: auth
            .iter()
            .map(|(k, v)| ((*k).to_string(), SecretString::from(*v)))
            .collect(),
        ..Trigger::default()
    };
    trigger.metadata.insert("address".into(), address);
    trigger.metadata.insert("listName".into(), "orders".into());
    trigger
}

fn poll(trigger: &Trigger) -> Outcome {
    let mut subject = ComponentSubject::new();
    subject.begin(&Setting::default());
    subject.poll(trigger)
}

fn length(outcome: Outcome) -> Number {
    match outcome {
        Outcome::Reading(reading) => reading.samples[0].value.clone().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_list_is_counted_over_tls_with_a_trusted_authority_only() {
    let certificates = Certificates::new();
    let Some(server) = Redis::start_tls(&certificates, false, &["--requirepass", "hunter2"]) else {
        return;
    };
    server.run(&["-a", "hunter2", "RPUSH", "orders", "a", "b", "c"]);
    let tls = [("enableTLS", "true")];
    let password = ("password", "hunter2");
    let ca = ("ca", certificates.authority.as_str());
    let ask = |metadata: &[(&str, &str)], auth: &[(&str, &str)]| {
        poll(&trigger(server.tls_address(), metadata, auth))
    };
    assert_eq!(length(ask(&tls, &[password, ca])), Number::Whole(3));
    assert_eq!(
        length(ask(&[], &[password, ca, ("tls", "enable")])),
        Number::Whole(3)
    );
    let unverified = [tls[0], ("unsafeSsl", "true")];
    assert_eq!(length(ask(&unverified, &[password])), Number::Whole(3));
    match ask(&tls, &[password]) {
        Outcome::Unknown(unknown) => {
            assert_eq!(unknown.reason, UnknownReason::TlsFailed, "{unknown}");
            assert!(!unknown.message.contains("hunter2"), "{unknown}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_that_asks_for_a_client_certificate_gets_the_triggers() {
    let certificates = Certificates::new();
    let Some(server) = Redis::start_tls(&certificates, true, &[]) else {
        return;
    };
    server.run(&["RPUSH", "orders", "a"]);
    let tls = [("enableTLS", "true")];
    let auth = [
        ("ca", certificates.authority.as_str()),
        ("cert", certificates.client.as_str()),
        ("key", certificates.client_key.as_str()),
    ];
    let ask = |auth: &[(&str, &str)]| poll(&trigger(server.tls_address(), &tls, auth));
    assert_eq!(length(ask(&auth)), Number::Whole(1));
    assert!(matches!(ask(&auth[..1]), Outcome::Unknown(_)));
}

#[test]
fn a_kept_connection_survives_a_restart_of_the_server() {
    let Some(mut server) = Redis::start(&[]) else {
        return;
    };
    server.run(&["RPUSH", "orders", "a", "b"]);
    let trigger = trigger(server.address(), &[], &[]);
    let mut subject = ComponentSubject::new();
    subject.begin(&Setting::default());
    assert_eq!(length(subject.poll(&trigger)), Number::Whole(2));
    server.run(&["CLIENT", "KILL", "TYPE", "normal"]);
    assert_eq!(length(subject.poll(&trigger)), Number::Whole(2));
    server.stop();
    match subject.poll(&trigger) {
        Outcome::Unknown(unknown) => assert_eq!(unknown.reason, UnknownReason::Unreachable),
        other => panic!("{other:?}"),
    }
    server.restart();
    assert_eq!(length(subject.poll(&trigger)), Number::Whole(0));
}
